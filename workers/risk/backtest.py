"""Judges archived orders again, in the order of time, by the same engine over counters in memory: what would these
rules have done? Orders that nobody judged when they were sent lack the facts, and are counted apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from cardinity_client.money import Money
from producers.contract import states
from producers.contract.events import Event, decode
from producers.contract.payment_data import PaymentData
from producers.contract.risk import RiskData
from producers.errors import EventError
from workers.events.archive.tables import CHARGEBACKS, EVENTS
from workers.risk.asked import Asked, entries_of
from workers.risk.counters import MemoryCounters
from workers.risk.engine import Judgement, facts_of, judge
from workers.risk.outcomes import lessons, milliseconds
from workers.risk.rules import RuleSet

#: Rows of the archive in memory at once.
ROWS: Final = 1000


@dataclass(slots=True)
class Tally:
    """What one rule would have met: how many orders, what became of them, their money in minor units by currency."""

    hits: int = 0
    declined: int = 0
    approved: int = 0
    charged_back: int = 0
    money: Counter[str] = field(default_factory=Counter)

    @property
    def precision(self) -> float | None:
        """The part of those with an outcome that was declined, or charged back later; None of none."""
        ended = self.declined + self.approved
        return (self.declined + self.charged_back) / ended if ended else None


@dataclass(slots=True)
class Backtest:
    """What came of it. `agreed` counts orders that met the same rules when they were sent."""

    orders: int = 0
    not_judged: int = 0
    agreed: int = 0
    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    verdicts: Counter[str] = field(default_factory=Counter)
    #: By order: the rules met then, and now.
    differing: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=dict)


class Step(NamedTuple):
    """Something that happened: an order was judged (first of its moment), or one has ended."""

    at_ms: int
    number: int
    judged: RiskData | None
    event: Event


def steps(events: Iterable[Event]) -> list[Step]:
    """What happened, in the order of time, of events in the order of the stream."""
    found: list[Step] = []
    seen: set[str] = set()
    for number, event in enumerate(events):
        data = event.data
        if not isinstance(data, PaymentData) or data.risk is None:
            continue
        if data.order_id not in seen:
            seen.add(data.order_id)
            found.append(Step(data.risk.at_ms, -1, data.risk, event))
        found.append(Step(milliseconds(event.time), number, None, event))
    return sorted(found, key=lambda step: (step.at_ms, step.number))


async def replay(events: Iterable[Event], rules: RuleSet, charged_back: frozenset[str] = frozenset()) -> Backtest:
    """Judge every order among the events. `charged_back` are the orders that were, later."""
    made, counters = Backtest(), MemoryCounters()
    met: dict[str, tuple[str, ...]] = {}
    told = list(events)
    made.not_judged = sum(map(_is_unjudged, told))
    for step in steps(told):
        data = step.event.data
        assert isinstance(data, PaymentData)
        if step.judged is None:
            await counters.learn(lessons(step.event, rules))
            for rule in met.get(data.order_id, ()):
                made.tallies[rule].declined += data.state == states.DECLINED
                made.tallies[rule].approved += data.state == states.APPROVED
            continue
        judgement = await _judge(data, step.judged, rules, counters)
        names = tuple(each.rule for each in judgement.met)
        met[data.order_id] = names
        made.orders += 1
        made.verdicts[judgement.verdict] += 1
        if set(names) == set(step.judged.rules):
            made.agreed += 1
        else:
            made.differing[data.order_id] = step.judged.rules, names
        for rule in names:
            tally = made.tallies[rule]
            tally.hits += 1
            tally.charged_back += data.order_id in charged_back
            tally.money[data.currency] += Money.parse(data.amount, data.currency).minor
    return made


def _is_unjudged(event: Event) -> bool:
    return isinstance(event.data, PaymentData) and event.data.state in states.TERMINAL and event.data.risk is None


async def _judge(data: PaymentData, told: RiskData, rules: RuleSet, counters: MemoryCounters) -> Judgement:
    asked = Asked(
        data.order_id,
        told.at_ms,
        data.account,
        told.country,
        Money.parse(data.amount, data.currency).minor,
        data.currency,
        data.customer,
        data.card_id,
        told.ip_id,
        told.ip_country,
        told.offset_min,
    )
    answered = await counters.look(asked, entries_of(asked, rules))
    return judge(facts_of(asked, *answered), rules)


def archived(connection: Connection, from_ms: int, until_ms: int) -> Iterator[Event]:
    """Events of that time, as they were told; those whose body is not kept any more, or is of a newer release, are left
    out.
    """
    query = (
        select(EVENTS.c.body)
        .where(EVENTS.c.at_ms >= from_ms, EVENTS.c.at_ms < until_ms, EVENTS.c.body.is_not(None))
        .where(EVENTS.c.type.like("payment.%"))
        .order_by(EVENTS.c.at_ms)
    )
    for (body,) in connection.execution_options(yield_per=ROWS).execute(query):
        try:
            yield decode(body.encode())
        except EventError:
            continue


def charged_back(connection: Connection) -> frozenset[str]:
    """Orders with a chargeback that was not declined."""
    query = select(CHARGEBACKS.c.order_id).where(CHARGEBACKS.c.status != "declined")
    return frozenset(name for name in connection.scalars(query) if name)
