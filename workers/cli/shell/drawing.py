"""What is drawn anew while a command runs. Where there is no terminal nothing is drawn, and lines are told."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from workers.cli.shell.output import Screen

if TYPE_CHECKING:
    from rich.progress import Progress


class Drawing:
    """A context manager: it is there while it is entered. `clock` answers seconds."""

    def __init__(
        self, screen: Screen, progress: Progress, title: str, total: int | None, clock: Callable[[], float]
    ) -> None:
        self._screen = screen
        self._clock = clock
        self._progress = progress
        self._task = progress.add_task(title, total=total, note="")
        self._told_at = clock()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        """A line above it."""
        if self._progress.disable:
            self._screen.say(text)
        else:
            console: Any = self._progress.console
            console.print(text, markup=False, highlight=False)
