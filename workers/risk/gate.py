"""Judges an order before its intent, keeps what was found, and says whether it may go on. An order is judged once; a
review ends once, by an operator or by its time.

What was kept is durable before anything is done about it, so whoever takes the order next acts by the same words.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from cardinity_client import CreatePayment, PaymentReference
from producers.contract import states
from producers.contract.customers import read_customer_ip
from producers.contract.fields import Refusal
from producers.contract.risk import ALLOW, REVIEW, RiskData, RiskKept, kept_in, written
from producers.errors import LedgerUnavailable
from producers.runtime.ledger import risk_calls
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.risk_calls import Kept
from workers.payments import observer as steps
from workers.risk.asked import Asked, Seen, Volume, entries_of
from workers.risk.counters import LedgerCounters
from workers.risk.engine import Judgement, facts_of, judge
from workers.risk.geoip import Countries
from workers.risk.identity import Names
from workers.risk.rules import RuleSet

#: Codes of orders that end here, unsent.
BLOCKED: Final = "risk_blocked"
REJECTED: Final = "risk_rejected"
REVIEW_OVER: Final = "risk_review_over"
#: Why an order rests.
IN_REVIEW: Final = "risk_review"
UNREAD: Final = "risk_unread"


class RiskWatcher(Protocol):
    """Listens to the gate. Must return at once."""

    def step(self, name: str, order_id: str) -> None:
        """The order has reached this step."""

    def risk_met(self, rule: str, mode: str) -> None:
        """An order met this rule."""

    def risk_judged(self, verdict: str) -> None:
        """An order was judged: `allow`, `review`, `block`; or `unread`, its facts could not be read."""


@dataclass(frozen=True, slots=True)
class Passed:
    """It may be sent."""

    record: Record


@dataclass(frozen=True, slots=True)
class Ended:
    """It ends here, unsent, in state `to`."""

    record: Record
    to: str
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Rests:
    """It goes back unsent for so long."""

    why: str
    wait_s: float


class RiskGate:
    """The gate of one worker. Raises as the executor where what was found cannot be kept."""

    def __init__(
        self, ledger: Executor, rules: RuleSet, names: Names, countries: Countries | None, watcher: RiskWatcher
    ) -> None:
        self._ledger = ledger
        self._counters = LedgerCounters(ledger)
        self._rules = rules
        self._names = names
        self._countries = countries
        self._watcher = watcher
        self._zone = ZoneInfo(rules.zone)

    async def admit(self, record: Record, request: CreatePayment) -> Passed | Ended | Rests:
        """Whether this claimed order may be sent now."""
        try:
            async with asyncio.timeout(self._rules.patience_s):
                asked = await self._asked(record, request)
                found = await self._counters.look(asked, entries_of(asked, self._rules))
        except (TimeoutError, LedgerUnavailable):
            self._watcher.risk_judged("unread")
            allowed = self._rules.on_trouble == ALLOW and not _perhaps_judged(record)
            return Passed(record) if allowed else Rests(UNREAD, 0.0)
        if isinstance(found, Kept):
            return await self._as_kept(record, found)
        return await self._judged(record, asked, *found)

    async def _judged(
        self, record: Record, asked: Asked, seen: Mapping[str, Seen], volume: Volume
    ) -> Passed | Ended | Rests:
        judgement = judge(facts_of(asked, seen, volume), self._rules)
        kept = _kept(asked, judgement, seen, volume)
        until_ms = asked.at_ms + self._rules.review_s * 1000 if judgement.verdict == REVIEW else None
        hits = [f"{each.rule}:{each.mode}" for each in judgement.met]
        call = risk_calls.keep(record.order_id, record.token, written(kept), until_ms=until_ms, hits=hits)
        self._watcher.step(steps.JUDGED, record.order_id)
        if not await self._ledger.run(call):
            return Rests(UNREAD, 0.0)  # somebody else's by now: giving it back is refused, too
        self._watcher.step(steps.KEPT, record.order_id)
        for each in judgement.met:
            self._watcher.risk_met(each.rule, each.mode)
        self._watcher.risk_judged(judgement.verdict)
        return await self._as_kept(record, Kept(written(kept), "waiting" if until_ms else "", until_ms or 0))

    async def _as_kept(self, record: Record, found: Kept) -> Passed | Ended | Rests:
        kept = kept_in(found.text)
        assert kept is not None  # workers alone write it
        record = record.judged(found.text)
        match kept.told.verdict:
            case "block":
                return Ended(record, states.REJECTED, BLOCKED, " ".join(_reasons(kept)))
            case "review":
                return await self._reviewed(record, found)
            case _:
                return Passed(record)

    async def _reviewed(self, record: Record, found: Kept) -> Passed | Ended | Rests:
        review = found.review
        left_ms = found.until_ms - int(time.time() * 1000)
        if review == "waiting" and left_ms > 0:
            return Rests(IN_REVIEW, left_ms / 1000)
        if review == "waiting":
            decided, before = await self._ledger.run(risk_calls.decide(record.order_id, "over"))
            review = "over" if decided == "ok" else before
        match review:
            case "approved":
                return Passed(record)
            case "rejected":
                return Ended(record, states.REJECTED, REJECTED)
            case _ if self._rules.on_timeout == "reject":
                return Ended(record, states.REJECTED, REVIEW_OVER)
            case _:
                return Ended(record, states.EXPIRED, REVIEW_OVER)

    async def _asked(self, record: Record, request: CreatePayment) -> Asked:
        at_ms = int(time.time() * 1000)
        browser = request.threeds.browser_info if request.threeds else None
        ip = record.text("customer_ip") or _address(browser.ip_address if browser else None)
        # A browser tells how far UTC is ahead of it.
        offset_min = -browser.time_zone if browser else self._merchant_offset_min(at_ms)
        return Asked(
            record.order_id,
            at_ms,
            record.account,
            record.text("country"),
            record.amount.minor,
            record.amount.currency,
            record.text("customer") or None,
            await self._card_id(request),
            self._names.address(ip) if ip else None,
            self._countries.of(ip) if ip and self._countries else None,
            offset_min,
        )

    async def _card_id(self, request: CreatePayment) -> str | None:
        if isinstance(request.instrument, PaymentReference):
            return await self._counters.card_of(request.instrument.payment_id)
        return self._names.card(request.instrument.pan.reveal())

    def _merchant_offset_min(self, at_ms: int) -> int:
        ahead = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self._zone).utcoffset()
        return int((ahead or timedelta(0)).total_seconds() // 60)


def _perhaps_judged(record: Record) -> bool:
    """Whether the order may have been blocked or rejected before: it was in review, or somebody has died of it. What
    was decided then holds, also while it cannot be read.
    """
    return bool(record.text("review")) or record.number("claims") > 1


def _kept(asked: Asked, judgement: Judgement, seen: Mapping[str, Seen], volume: Volume) -> RiskKept:
    acting = judgement.reasons
    counts: dict[str, float] = {"volume": volume.count, "volume_usual": volume.usual}
    for name, answer in seen.items():
        counts[name] = int(answer.known) if name.endswith("_known") else answer.count
        if name in ("country_known", "hour_known"):
            counts[f"{name.removesuffix('_known')}s"] = answer.count
    told = RiskData(
        at_ms=asked.at_ms,
        verdict=judgement.verdict,
        rules=(*acting, *(each.rule for each in judgement.met if each.rule not in acting)),
        country=asked.country,
        ip_country=asked.ip_country,
        ip_id=asked.ip_id,
        offset_min=asked.offset_min,
    )
    return RiskKept(told=told, card_id=asked.card_id, counts=counts, acting=len(acting))


def _address(given: str | None) -> str | None:
    """What 3-D Secure data say of it, if it is an address: the bank is told any text."""
    try:
        return read_customer_ip(given) if given else None
    except Refusal:
        return None


def _reasons(kept: RiskKept) -> tuple[str, ...]:
    """The rules that the verdict is for; they stand first."""
    return kept.told.rules[: kept.acting]
