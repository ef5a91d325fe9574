"""The places where a world may go wrong, by name, and which of them a seed turns on.

Every fault is off unless a world turns it on, and after its calm moment none strikes any more: what is open then must
close by itself. Each seed takes a few faults at high rates rather than all at low ones, because a run in which
everything fails a little rarely gets far enough to fail in an interesting way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

#: What may happen, by the door at which it happens.
FAULTS: Final[Mapping[str, str]] = {
    "ledger.request_lost": "a call to the ledger never arrives",
    "ledger.reply_lost": "a call runs and its reply is lost",
    "ledger.late_execution": "a call runs after its caller was told that it failed",
    "ledger.slow": "a reply takes longer than most patience",
    "ledger.refused": "the ledger refuses a call (LOADING, READONLY, BUSY)",
    "ledger.away": "the ledger is down for a while and comes back with everything it confirmed",
    "post.unsent": "no connection to the gateway",
    "post.lost": "the request for a charge never arrives",
    "post.charged_then_lost": "the gateway charges and its answer is lost",
    "post.server_error_before": "5xx, and no charge",
    "post.server_error_after": "5xx, and a charge",
    "post.late_landing": "the charge lands long after its sender gave up",
    "post.slow_answer": "the answer comes about when the deadline does",
    "post.unauthorized": "401",
    "post.rate_limited": "429, and no charge",
    "post.rate_limited_yet_charged": "429, and a charge that the list shows at once",
    "post.other_amount": "the gateway books another amount",
    "post.charged_twice": "the gateway books one request twice",
    "later.unsent": "no connection for a later write: an answer told, a hold settled or let go, a link deleted",
    "later.unauthorized": "401 for one",
    "later.rate_limited": "429 for one, and it was not taken",
    "later.lost": "a later write never arrives",
    "later.server_error_before": "5xx for one that was not taken",
    "later.server_error_after": "5xx for one that was taken",
    "later.taken_then_lost": "a later write is taken and its answer is lost",
    "later.late_landing": "a later write arrives late, and mostly when its sender has given up",
    "gateway.not_ready": "the breaker is open",
    "account.down": "nothing reaches the first of two accounts",
    "list.fails": "a read of the list fails",
    "list.slow": "a read of the list takes long",
    "list.lags": "the list shows the past",
    "list.omits_row": "a read leaves out a row that others show",
    "list.unreadable_row": "a row cannot be read",
    "list.disorder": "rows come twice and out of order",
    "list.burst": "more foreign payments than a page holds",
    "account.new": "nothing was ever charged on the account",
    "get.fails": "a read of one payment fails",
    "get.not_found": "a payment that was listed cannot be read for a while",
    "queue.lost": "a wake-up call is lost, and the queue believes that it holds it",
    "queue.doubled": "a wake-up call is delivered twice",
    "queue.late": "a wake-up call is delivered late",
    "queue.requeued": "a wake-up call comes again while its handler runs",
    "queue.unavailable": "wake-up calls cannot be placed",
    "process.killed": "kill -9 between any two callbacks",
    "process.killed_at_step": "kill -9 at a step of the spine",
    "process.frozen": "SIGSTOP; the watchdog ends it after its time",
    "process.drained": "SIGTERM: nothing new is promised, handlers end, then the process does",
    "process.clock_wrong": "a worker's wall clock is off",
    "process.two_leaders": "everybody leads",
    "order.poison": "whoever claims this order is killed",
    "spool.refuses": "the disk of the spool is full",
    "producer.dies": "the producer dies between the row and the wake-up call",
    "producer.repeats": "a second producer accepts the same order at the same time",
    "producer.conflicts": "a second producer takes the order_id for another amount",
}

#: These are no strikes but the ground a world stands on: on or off for all of it.
STANDING: Final = ("list.lags", "account.new", "account.down", "process.two_leaders")
#: After these an order may rightly be parked: the gateway's list is then no proof, or contradicts itself. (On a new
#: account the journal takes an empty page that overtook another for a hole.)
PARKING: Final = frozenset({"list.burst", "post.other_amount", "get.not_found", "account.new"})
#: Together they leave what the protocol assumes: a row that one read omits must still be in the page of the next, and a
#: charge behind a 429 (which the gateway's word denies) must be shown by the list as soon as the 429 was told.
EXCLUSIVE: Final = (
    ("list.burst", "list.omits_row"),
    ("post.rate_limited_yet_charged", "list.lags"),
)

#: How often an active fault strikes where it could, one of these per fault and seed.
RATES: Final = (0.03, 0.1, 0.3)
#: How much rarer something is that is asked for at every call.
SELDOM: Final = 0.2
#: The share of faults that a seed turns on, one of these.
SHARES: Final = (0.0, 0.05, 0.12, 0.25)


class Buggify:
    """`buggify("post.lost")`: whether it strikes here and now."""

    def __init__(
        self, random: Random, rates: Mapping[str, float], hits: Counter[str], calm: Callable[[], bool]
    ) -> None:
        self.rates = rates
        #: Whether no fault strikes any more.
        self.calm = calm
        self._chance = random.random
        self._hits = hits

    def __call__(self, name: str) -> bool:
        rate = self.rates.get(name)
        if rate is None or self._chance() >= rate or self.calm():
            return False
        self._hits[name] += 1
        return True

    def seldom(self, name: str) -> bool:
        """The same for what is asked often and should happen a few times in a run at the most."""
        return self._chance() < SELDOM and self(name)

    def note(self, situation: str) -> None:
        """Count a situation of interest."""
        self._hits[situation] += 1

    def active(self, prefix: str) -> tuple[str, ...]:
        """The names under this prefix that are on."""
        return tuple(name for name in self.rates if name.startswith(prefix))

    def first(self, names: tuple[str, ...]) -> str:
        """The first of these that strikes, or nothing."""
        for name in names:
            if self(name):
                return name
        return ""


def swarm(random: Random, always: Mapping[str, float]) -> dict[str, float]:
    """The faults of one seed, each with its rate, and those that are always on."""
    share = random.choice(SHARES)
    rates = {name: random.choice(RATES) for name in FAULTS if random.random() < share}
    rates.update(always)
    for one, other in EXCLUSIVE:
        if one in rates and other in rates:
            del rates[one if other in always else other]
    return rates
