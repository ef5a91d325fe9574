"""What moves on a terminal: a bar with a line below it for what there is to say, and a line without an end."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column
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


class Pulse(Progress):
    """One line about what goes on until somebody ends it. Tasks have a field `note`."""

    def __init__(self, *, console: Console, disable: bool) -> None:
        super().__init__(
            TextColumn("{task.description}", markup=False),
            SpinnerColumn(),
            TimeElapsedColumn(),
            TextColumn(
                "{task.fields[note]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)
            ),
            console=console,
            disable=disable,
            expand=True,
        )
