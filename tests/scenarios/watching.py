"""What has happened, in the words of a story: told by the gateway's books and by the archive, not by the runs."""

from __future__ import annotations

from typing import Any, Final

from producers.contract import renewals as states
from producers.subscriptions.book import store
from producers.subscriptions.dunning import notices
from producers.subscriptions.identity import period_of
from producers.subscriptions.schedule.reviews import in_states
from tests.scenarios.world import World

#: What the gateway tells is not told again, and what is on its way is not over.
_SILENT: Final = (states.PLANNED, states.CHARGING, states.CHARGED)


class Watcher:
    """Tells what is new since it was asked last."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._charges: dict[str, dict[str, Any]] = {}
        self._periods: dict[tuple[str, int], tuple[str, str | None]] = {}
        self._notices: set[str] = set()

    def news(self) -> list[str]:
        """In no order.

        Raises:
            AssertionError: the gateway has charged a period twice.
        """
        return [*self._at_the_gateway(), *self._in_the_archive(), *self._in_the_box()]

    def _at_the_gateway(self) -> list[str]:
        charges = {name: row for name, row in self._world.stack.charges().items() if name.startswith("sub.")}
        told = []
        for order_id, row in charges.items():
            name, number, _ = _period(order_id)
            before = self._charges.get(order_id, {"approved": 0, "declined": 0})
            what = f"{name} is {{}} {row['amount']} {row['currency']} for period {number}"
            told += [what.format("charged")] * (row["approved"] - before["approved"])
            told += [what.format("declined")] * (row["declined"] - before["declined"])
        self._charges = charges
        paid = [_period(order_id)[:2] for order_id, row in charges.items() for _ in range(row["approved"])]
        assert len(paid) == len(set(paid)), f"paid twice: {sorted(paid)}"
        return told

    def _in_the_archive(self) -> list[str]:
        with self._world.archive.reading() as connection:
            views = in_states(connection, states.PERIOD_STATES, limit=store.CHUNK)
        now = {(view.subscription_id, view.number): (view.state, view.reason) for view in views}
        told = [
            f"period {number} of {name} is {state}" + (f": {reason}" if reason else "")
            for (name, number), (state, reason) in now.items()
            if self._periods.get((name, number)) != (state, reason) and state not in _SILENT
        ]
        self._periods = now
        return told

    def _in_the_box(self) -> list[str]:
        """What the merchant is to tell subscribers."""
        with self._world.archive.reading() as connection:
            waiting = notices.waiting(connection)
        new = [each for each in waiting if each.notice_id not in self._notices]
        self._notices |= {each.notice_id for each in new}
        return [f"{each.subscription_id} is told about period {each.number}: {each.kind}" for each in new]


def _period(order_id: str) -> tuple[str, int, int]:
    found = period_of(order_id)
    assert found is not None, order_id
    return found
