"""The card canary over everything that a run leaves: what was searched, and what was found where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client import generate_latest

from producers.runtime.exposition import registry_of
from producers.runtime.shared_numbers import SharedNumbers
from tests.campaign.wishes import PLANTED
from tests.chaos import remains
from tests.chaos.canary import CODINGS, Canary
from tests.stack import Stack

#: The folder of a run in which the workers share their numbers.
METRICS = "metrics"


@dataclass(slots=True)
class Search:
    """Bytes searched by sink, and every find as `<place>: <form>`."""

    searched: Counter[str] = field(default_factory=Counter)
    finds: list[str] = field(default_factory=list)

    @property
    def told(self) -> str:
        """One line for the operator."""
        size = sum(self.searched.values())
        return (
            f"canary: {len(PLANTED)} cards in {len(CODINGS)} codings, {len(_CANARY)} forms; "
            f"{len(self.searched)} of {len(remains.SINKS)} sinks, {size / 1e6:.1f} MB; {len(self.finds)} finds"
        )


def search(stack: Stack) -> Search:
    """Look everywhere once, with Redis and the workers still running."""
    done = Search()
    for where, data in _everything(stack):
        if data:
            done.searched[remains.sink_of(where)] += len(data)
            done.finds += [f"{where}: {name}" for name in _CANARY.sings(data)]
    return done


def _everything(stack: Stack) -> Iterator[remains.Remain]:
    yield from remains.of_processes()
    yield "http://metrics", generate_latest(registry_of(SharedNumbers(stack.directory / METRICS)))
    for database in (0, 1):
        yield from remains.of_redis(stack.valkey.url(database))
    yield from remains.of_files(stack.directory)


_CANARY = Canary(*PLANTED)
