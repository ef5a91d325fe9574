"""A report: one scope, one moment, sections of figures. What it is asked for here is shown elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Executable

from workers.analytics.answers import counted, moments, numbers, slices
from workers.analytics.figures.aftermath import chargebacks, refunds, unresolved
from workers.analytics.figures.breakdowns import breakdowns
from workers.analytics.figures.cohorts import cohorts
from workers.analytics.figures.declines import declines
from workers.analytics.figures.latency import latency
from workers.analytics.figures.totals import THIS, retries, status, totals
from workers.analytics.figures.trends import daily, hourly
from workers.analytics.queries import Queries
from workers.analytics.scope import Scope
from workers.analytics.sections import Section
from workers.analytics.shapes import SHAPES
from workers.analytics.sources import Source

#: What is asked, in order; the name is what a user is told meanwhile.
STEPS: Final[Sequence[tuple[str, Callable[[Queries], Executable]]]] = (
    ("outcomes", Queries.cube),
    ("the period before", Queries.before),
    ("days and hours", Queries.trend),
    ("durations", Queries.latencies),
    ("unknown and parked", Queries.unresolved),
    ("refunds", Queries.refunds),
    ("chargebacks", Queries.chargebacks),
    ("other chargebacks", Queries.foreign_chargebacks),
    ("renewals", Queries.cohorts),
)

#: Told before each step: its name, and how many are done.
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Report:
    """`as_of_ms` is when the archive was read; sections stand in the order of `SHAPES`."""

    scope: Scope
    as_of_ms: int
    sections: tuple[Section, ...]

    def section(self, name: str) -> Section:
        """The section of that name."""
        return next(section for section in self.sections if section.shape.name == name)

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened in the period, whatever did in the one before."""
        totals, *others = self.sections
        moved = any(cell for _, period, *figures in totals.rows if period == THIS for cell in figures)
        return not moved and not any(section.rows for section in others)


def make_report(source: Source, scope: Scope, now_ms: int, progress: Progress | None = None) -> Report:
    """The report about the scope, with what is open looked at as of `now_ms`.

    Raises:
        ArchiveUnavailable: the database does not answer.
        ProducerError: `extra_missing`, `parquet_failed`; from Parquet files only.
    """
    queries = Queries(scope, now_ms)
    answers: list[Sequence[Sequence[Any]]] = []
    with source.asked() as ask:
        for done, (name, question) in enumerate(STEPS):
            if progress is not None:
                progress(name, done)
            answers.append(ask(question(queries)))
    return Report(scope, now_ms, _sections(scope, answers))


def _sections(scope: Scope, answers: Sequence[Sequence[Sequence[Any]]]) -> tuple[Section, ...]:
    cube, before, trend, *rest = answers
    durations, open_orders, given_back, disputed, foreign, renewals = map(numbers, rest)
    of_time, alike = moments(trend), slices(cube)
    made = (
        totals(alike, counted(before)),
        status(alike),
        daily(of_time, scope),
        hourly(of_time),
        *declines(alike),
        *breakdowns(alike),
        retries(alike),
        unresolved(open_orders),
        refunds(of_time, given_back),
        chargebacks(of_time, disputed, foreign),
        cohorts(renewals),
        latency(durations),
    )
    by_name = {section.shape.name: section for section in made}
    return tuple(by_name[shape.name] for shape in SHAPES)
