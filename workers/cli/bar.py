"""The progress bar: one line for the bar, one below it for what there is to say."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text


class Bar(Progress):
    """Tasks have a field `note`: the line below."""

    def __init__(self, *, console: Console, disable: bool) -> None:
        super().__init__(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=disable,
        )

    def get_renderables(self) -> Iterable[RenderableType]:
        """The bars, then the notes."""
        yield self.make_tasks_table(self.tasks)
        yield from (Text(task.fields["note"]) for task in self.tasks if task.fields["note"])
