"""One merchant account as the spine sees it: its client, its gate, and whether anything may be sent now."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from cardinity_client import CardinityClient
from cardinity_client.errors import GatewayReadError
from producers.errors import ProducerError
from producers.runtime.ledger import calls
from producers.runtime.ledger.clock import ledger_now_ms
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record
from workers.payments.gate import CreditGate
from workers.payments.limiter import Limiter
from workers.payments.ramp import Ramp
from workers.payments.under_payment import carrying, is_whole, listed
from workers.precedence import SHARE
from workers.resolver.journal import journal_from
from workers.resolver.looks import GAP_MIN_S
from workers.resolver.verdict import Rules, believable

#: Seconds an account rests after 401 or 403; then its key is tried again.
ACCOUNT_PAUSE_S = 15.0
#: Why nothing is sent while an operator has paused the account.
PAUSED = "account_paused"
#: Seconds between two looks for the reads that a rate-limited order waits for.
LOOK_EVERY_S = 0.1
#: A pause of the gateway's that is shorter is waited for where the order is.
LONG_S = 5.0
#: Seconds after which an order that was turned away is back here, beyond those that it was told: the sweeper looks at
#: what is due several times within them.
BACK_S = 2.0
#: Orders that wait for a send credit while none comes: as many as one read of the list lets go. The slots of all others
#: are for accounts that send.
WAIT_BLIND_MAX = 60


@dataclass(frozen=True, slots=True)
class Closed:
    """Nothing may be sent now: why, and in how many seconds to come again. `lasting` says that an order which may go
    elsewhere had better do so."""

    why: str
    wait_s: float
    lasting: bool = True
    #: Only an operator ends it.
    by_hand: bool = False


class Lane:
    """Sending for one account, in one process.

    `on_refused` is told once when the gateway refuses the account's key. It must see to it that `reopen` is called;
    without it the lane just rests. For `rest_s` an order stays away that was refused so, and orders that go by rule
    pass by after one has waited here in vain for a send credit. With `holds_first` charges go out in two phases that
    say nothing of their mode.
    """

    def __init__(
        self,
        account: str,
        client: CardinityClient,
        ledger: Executor,
        rules: Rules,
        *,
        breaker_wait_s: float,
        on_low_credits: Callable[[int], None],
        sharers: int,
        on_refused: Callable[[str], None] | None = None,
        rest_s: float = ACCOUNT_PAUSE_S,
        limiter: Limiter | None = None,
        batch_share: int = SHARE,
        holds_first: bool = False,
    ) -> None:
        self.account = account
        self.holds_first = holds_first
        self.client = client
        self.gate = CreditGate(on_low_credits, sharers=sharers, batch_share=batch_share)
        #: Holds the account to its rate; None where there is no limit.
        self.limiter = limiter
        self._ledger = ledger
        self._rules = rules
        self._breaker_wait_s = breaker_wait_s
        self._on_refused = on_refused
        self._rest_s = rest_s
        self._paused_until = 0.0
        self._why, self._lasting = "", True
        self._refused = ""
        #: Whether an operator has paused the account.
        self.halted = False
        self._blind_until = 0.0
        #: It has sent nothing for a while; the first to pass again begins a ramp.
        self._rested = False
        self._ramp: Ramp | None = None
        self._batch_share = batch_share
        #: Until then some are expected back that were turned away and are no batch's.
        self._expected_until = 0.0
        self.in_flight = 0
        self._of_batches = 0

    async def closed(self, *, batch: bool = False) -> Closed | None:
        """Why this lane sends nothing at the moment, if so. Whoever is told None begins with `sending` at once. An
        order of a `batch` lets those pass that somebody waits for."""
        shut = await self._shut(batch)
        if shut is not None and not batch:
            back_at = asyncio.get_running_loop().time() + shut.wait_s + BACK_S
            self._expected_until = max(self._expected_until, back_at)
        return shut

    async def _shut(self, batch: bool) -> Closed | None:
        if self.halted:
            return Closed(PAUSED, self._rest_s, by_hand=True)
        if self._refused:
            return Closed(self._refused, self._rest_s)
        if self.blind and self.gate.waiting >= WAIT_BLIND_MAX:
            return Closed("no_credit", self._rest_s)
        left_s = self._paused_until - asyncio.get_running_loop().time()
        if left_s > 0:
            return Closed(self._why, left_s, self._lasting)
        if not await self.client.ready():
            self._rested = True
            return Closed("breaker_open", self._breaker_wait_s)
        return self._climb(batch) if self._rested or self._ramp is not None else None

    async def turned_away(self, *, batch: bool = False) -> Closed | None:
        """Wait for a turn within the account's rate; why there was none, if so."""
        if self.limiter is None or await self.limiter.take(batch=batch):
            return None
        if self.gate.draining:
            return Closed("draining", 0.0)
        return Closed("rate_max", self.limiter.rest_s(batch=batch))

    def vacancies(self, *, batch: bool = False) -> int:
        """How many more orders may come to wait for their turn."""
        return sys.maxsize if self.limiter is None else self.limiter.vacancies(batch=batch)

    def drain(self) -> None:
        """This worker is stopping: promise nothing new, and let nobody wait."""
        self.gate.drain()
        if self.limiter is not None:
            self.limiter.drain()

    @property
    def blind(self) -> bool:
        """Whether an order waited here in vain for a send credit a moment ago."""
        return self._blind_until > 0 and asyncio.get_running_loop().time() < self._blind_until

    def blinded(self) -> None:
        """An order waited in vain for a send credit."""
        self._blind_until = asyncio.get_running_loop().time() + self._rest_s

    def pause(self, why: str, *, for_s: float = ACCOUNT_PAUSE_S, lasting: bool = True) -> None:
        """Send nothing for a while."""
        self._why, self._lasting = why, lasting
        self._paused_until = asyncio.get_running_loop().time() + for_s
        self._rested = True

    def halt(self, halted: bool) -> None:
        """An operator has paused the account, or lets it go on."""
        self.halted = halted
        self._rested = self._rested or halted

    def slow_down(self, for_s: float) -> None:
        """The gateway asks for patience."""
        if self.limiter is not None:
            self.limiter.complained()
        self.pause("rate_limited", for_s=for_s, lasting=for_s >= LONG_S)

    def refused(self, http_status: int) -> None:
        """The gateway takes this account's key no longer: send nothing until somebody has mended that."""
        why = f"http_{http_status}"
        if self._on_refused is None:
            self.pause(why)
        elif not self._refused:
            self._refused, self._rested = why, True
            self._on_refused(why)

    def reopen(self) -> None:
        """The gateway takes the key."""
        self._refused = ""

    @contextmanager
    def sending(self, *, batch: bool = False) -> Iterator[None]:
        """Counts the orders that are on their way, from before their intent."""
        self.in_flight += 1
        self._of_batches += batch
        try:
            yield
        finally:
            self.in_flight -= 1
            self._of_batches -= batch

    def _climb(self, batch: bool) -> Closed | None:
        now = asyncio.get_running_loop().time()
        if self._rested:
            self._rested, self._ramp = False, Ramp(now, self._batch_share)
        assert self._ramp is not None
        if self._ramp.over(now):
            self._ramp = None
            return None
        behind = batch and now < self._expected_until
        wait_s = self._ramp.wait_s(self.in_flight, now, of_batches=self._of_batches if behind else None)
        # Spread, or all that is waiting would come at the same moment and go away again.
        return Closed("ramp", wait_s * random.uniform(1.0, 2.0), False) if wait_s else None  # noqa: S311 - jitter

    async def unseen_since(self, record: Record, ends_at: float) -> bool:
        """Whether the list, read after now, shows nothing of this order and hides nothing either (see `believable`).
        False too when it was not read often enough in time. For what follows a payment, the list is the payment's."""
        loop = asyncio.get_running_loop()
        try:
            if record.parent:
                async with asyncio.timeout_at(ends_at):
                    return await self._unseen_under_payment(record, ends_at - loop.time())
            refused_at_ms = await ledger_now_ms(self._ledger)
            while loop.time() < ends_at:
                verdict = await self._look(record.order_id, refused_at_ms, patience_s=ends_at - loop.time())
                if verdict is not None:
                    return verdict
                await asyncio.sleep(LOOK_EVERY_S)
        except (ProducerError, TimeoutError):
            return False
        return False

    async def _unseen_under_payment(self, record: Record, within_s: float) -> bool:
        """As for a proof of absence, but for H, in whose place stands the gateway's word: as many looks in a row and
        apart, each at a list from which nothing made since the intent can be missing. The account's other traffic
        pushes nothing off it, so there is no coverage to ask for. A look that failed shows nothing.
        """
        found = await self._ledger.run(calls.evidence(record.order_id, self.account))
        since_ms, clean = found.record.intent_at_ms - self._rules.skew_ms, 0
        gap_s = min(GAP_MIN_S, within_s / (2 * self._rules.clean_scans))
        while True:
            with suppress(GatewayReadError):
                listing = await listed(record, self.client)
                if carrying(record.ref, listing):
                    return False
                clean = clean + 1 if is_whole(listing, record.parent, since_ms) else 0
                if clean >= self._rules.clean_scans:
                    return True
            await asyncio.sleep(gap_s)

    async def _look(self, order_id: str, refused_at_ms: int, *, patience_s: float) -> bool | None:
        found = await self._ledger.run(calls.evidence(order_id, self.account), patience_s=patience_s)
        if found.rows:
            return False
        return believable(found.record.intent_at_ms, refused_at_ms, journal_from(found.journal), self._rules)
