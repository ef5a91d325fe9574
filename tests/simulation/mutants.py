"""Worlds with one rule missing: what the checkers must find, or they would find nothing else either.

A rule of the ledger or of the spine is taken out by a subclass of the double or of the product's class; one that is a
line of a pure function, by the same changes of text that `tests/rules` makes. `faults` turns on what the rule is for:
without that it would be found as well, after more seeds.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeVar

from cardinity_client import Unknown
from producers.contract import states
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Granted, Moved, NoCredit, NotYours
from tests.rules.changing import Change
from tests.simulation.following_mutants import FOLLOWING
from tests.simulation.leaving_mutants import LEAVING
from tests.simulation.ledger import LedgerDouble
from tests.simulation.ledger_rows import Row, number
from tests.simulation.mutant import Mutant, rate, without
from tests.simulation.producing import CALLS_BACK
from tests.simulation.scene_mutants import SCENE_MUTANTS
from tests.simulation.times import GATEWAY_LATE_S, NETWORK_S, WINDOW_S, verdict_rules
from workers.duties.leader import Leader
from workers.payments.charge import Charger
from workers.payments.dispatch import Way
from workers.payments.sending import SpineAnswer

T = TypeVar("T")


class _ForgetsTokens(LedgerDouble):
    def holds(self, row: Row, token: str) -> bool:
        return True


class _ClaimsWhatIsBeingSent(LedgerDouble):
    def free(self, row: Row, at: int, presence_ms: int) -> NotYours | None:
        overdue = row["state"] == b"sending" and number(row, "lease_until") <= at
        return None if overdue else super().free(row, at, presence_ms)

    def move(self, order_id: str, row: Row, to: str, at: int, detail: str) -> None:
        if row["state"] == b"sending" and to == states.CLAIMED:
            self.give_back(order_id, row, at, 0, "overdue")
        super().move(order_id, row, to, at, detail)


class _LendsWithoutLimit(LedgerDouble):
    def has_credit(self, left: int) -> bool:
        return True


class _TellsAgain(LedgerDouble):
    def settle(self, order_id: str, token: str, *args: Any) -> Moved | NotYours:
        answer = super().settle(order_id, token, *args)
        if isinstance(answer, Moved) and not answer.before:
            self.emit(None, args[2], args[3])
        return answer


class _LeavesTellingToTheSweeper(LedgerDouble):
    def tell(self, order_id: str, row: Row) -> None: ...

    def tell_waiting(self, most: int) -> int:
        for order_id in self.untold[:most]:
            super().tell(order_id, self.rows[order_id])
        return super().tell_waiting(most)


class _PromisesWhatWasCalledBack(LedgerDouble):
    def intent(self, order_id: str, *args: Any) -> Granted | NoCredit | NotYours:
        withdrawn = self.rows[order_id].pop("withdrawn_at", None)
        answer = super().intent(order_id, *args)
        if withdrawn is not None:
            self.rows[order_id]["withdrawn_at"] = withdrawn
        return answer


class _SyncsEverySecond(LedgerDouble):
    """What it forgets at a crash is what it was told since the last look at the disk."""

    _kept: dict[str, Any] | None = None
    _calls = 0

    def apply(self, call: Call[T], epoch: str) -> T:
        self._calls += 1
        if self._calls % 25 == 0:
            kept = ("rows", "due", "listed", "held", "credits", "events", "intents", "seen", "coverage")
            self._kept = {name: copy.deepcopy(getattr(self, name)) for name in kept}
        return super().apply(call, epoch)

    def crash(self, until_s: float) -> None:
        super().crash(until_s)
        for name, value in (self._kept or {}).items():
            setattr(self, name, copy.deepcopy(value))


class _PostsAgain(Charger):
    async def _record(self, record: Record, answer: SpineAnswer, way: Way, ends_at: float) -> None:
        if isinstance(answer, Unknown):
            await self._book.give_back(record, "tried again", 0.0)
        else:
            await super()._record(record, answer, way, ends_at)


class _TakesSilenceForRefusal(Charger):
    async def _record(self, record: Record, answer: SpineAnswer, way: Way, ends_at: float) -> None:
        if isinstance(answer, Unknown):
            await self._book.close(record, states.REJECTED, "no answer")
        else:
            await super()._record(record, answer, way, ends_at)


class _LeadsAgain(Leader):
    """A term ends by this process' own clock, and a duty that has begun to end goes on when the lease comes back."""

    def _term(self) -> Callable[[], bool]:
        return lambda: asyncio.get_running_loop().time() < self._lease_until


_VERDICT: Final = "workers/resolver/verdict.py"
_JOURNAL: Final = "workers/resolver/journal.py"

MUTANTS: Final = (
    Mutant(
        "tokens_are_not_checked",
        "Whoever knows the order may move it.",
        without(ledger=_ForgetsTokens, faults=rate(0.3, "ledger.slow", "ledger.away", "ledger.reply_lost")),
        seeds=8000,
        first=2900,
    ),
    Mutant("unknown_is_posted_again", "What may have been charged is sent again.", without(charger=_PostsAgain)),
    Mutant("silence_is_a_refusal", "No answer counts as rejected.", without(charger=_TakesSilenceForRefusal)),
    Mutant(
        "claims_from_sending",
        "An order being sent may be claimed once its lease is over.",
        without(ledger=_ClaimsWhatIsBeingSent),
    ),
    Mutant(
        "called_back_and_promised",
        "An order that was called back is promised by whoever had taken it before.",
        without(ledger=_PromisesWhatWasCalledBack, faults=rate(0.5, CALLS_BACK)),
    ),
    Mutant("credits_are_not_checked", "Intents are granted without credit.", without(ledger=_LendsWithoutLimit)),
    Mutant(
        "absent_at_once",
        "Absence counts as proven as soon as the list was read.",
        without(verdict=replace(verdict_rules(), horizon_ms=0), faults=rate(0.5, "post.late_landing")),
    ),
    Mutant(
        "horizon_without_the_network",
        "H ends with the attempt, not when nothing can land any more.",
        without(
            verdict=replace(verdict_rules(), horizon_ms=int(WINDOW_S * 1000), clean_scans=1),
            faults=rate(0.5, "post.late_landing"),
        ),
    ),
    Mutant(
        "horizon_without_the_lag",
        "H leaves out how old the list may be.",
        without(
            verdict=replace(verdict_rules(), horizon_ms=int((NETWORK_S + GATEWAY_LATE_S) * 1000), clean_scans=1),
            faults=rate(0.5, "post.late_landing", "list.lags"),
        ),
    ),
    Mutant(
        "one_read_proves_absence",
        "A single clean read is enough.",
        without(
            verdict=replace(verdict_rules(), clean_scans=1),
            faults=rate(0.4, "process.killed_at_step", "list.fails") | {"list.omits_row": 0.9},
        ),
        seeds=3000,
    ),
    Mutant(
        "no_watchdog",
        "A frozen process goes on.",
        without(watchdog=False, faults=rate(0.9, "process.frozen")),
        seeds=3000,
    ),
    Mutant("no_sweeper", "Nobody recovers what the queue lost.", without(sweeper=False)),
    Mutant(
        "every_second",
        "The ledger forgets its last writes at a crash.",
        without(ledger=_SyncsEverySecond, faults=rate(0.3, "ledger.away")),
    ),
    Mutant(
        "told_late",
        "Whoever ends an order does not tell first that it was accepted.",
        without(ledger=_LeavesTellingToTheSweeper),
    ),
    Mutant("told_twice", "A repeated outcome is told again.", without(ledger=_TellsAgain)),
    Mutant(
        "leadership_comes_back",
        "A duty sees its lease lapse and return, and only a part of it ends.",
        without(leader=_LeadsAgain, faults=rate(0.5, "ledger.slow")),
    ),
    Mutant(
        "holes_are_overlooked",
        "Absence is proven across a stretch of time that nobody looked at.",
        without(faults=rate(0.4, "list.burst", "post.charged_then_lost")),
        changes=(Change(_VERDICT, "if not journal.covers(from_ms, scans[-1]):", "if not scans:"),),
    ),
    Mutant(
        "pages_need_not_overlap",
        "Two pages that share no payment count as if nothing could lie between them.",
        without(faults=rate(0.4, "list.burst", "post.charged_then_lost")),
        changes=(Change(_JOURNAL, "if journal.stretches and _connects(journal, page):", "if journal.stretches:"),),
    ),
    Mutant(
        "patience_overlooks_holes",
        "A 429 is believed although more payments came than a page shows.",
        without(faults=rate(0.4, "list.burst", "post.rate_limited_yet_charged")),
        changes=(
            Change(_VERDICT, "if not journal.covers(intent_at_ms - rules.skew_ms, latest[-1]):", "if not latest:"),
        ),
    ),
    Mutant(
        "patience_takes_one_read",
        "A 429 is believed after a single read of the list.",
        without(faults=rate(0.4, "list.omits_row", "post.rate_limited_yet_charged")),
        changes=(
            Change(
                _VERDICT,
                "return True if journal.clean_since(refused_at_ms, rules.clean_scans) else None",
                "return True",
            ),
        ),
    ),
    Mutant(
        "other_content_is_overlooked",
        "A payment of our reference and another amount counts as ours.",
        without(faults=rate(0.4, "post.other_amount")),
        changes=(
            Change(_VERDICT, "row.amount == attempt.amount", "row.amount != ''"),
            Change("workers/resolver/resolver.py", " and payment.amount == record.amount", ""),
        ),
    ),
    *FOLLOWING,
    *LEAVING,
    *SCENE_MUTANTS,
)
