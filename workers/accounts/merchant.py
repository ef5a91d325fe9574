"""One merchant account in one worker process: its client and lane, its mirror and resolver, and who keeps its key.

Composition only; nothing here decides anything about an order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cardinity_client import CardinityClient
from cardinity_client.hooks import Hooks
from producers.runtime.accounts import MerchantAccount
from producers.runtime.ledger.executors import Executor
from producers.runtime.settings import Settings
from producers.runtime.tracing.exchanges import TracedHooks
from producers.runtime.tracing.tracer import Tracer
from workers.accounts.hearing import AccountHooks
from workers.accounts.keeper import KeyKeeper
from workers.disputes.poller import DisputePoller
from workers.payments.lane import Lane
from workers.payments.limiter import Limiter, Waiting
from workers.payments.routing import Route
from workers.resolver.expiring import Expiring, HoldRules
from workers.resolver.mirror import Mirror, MirrorRules
from workers.resolver.pace import Pace
from workers.resolver.resolver import Resolver
from workers.resolver.strays import Strays
from workers.resolver.verdict import Rules
from workers.watching import Watcher

#: A refused key is tried first after a fifth of the usual rest of an order, and then at the most every three.
TRY_FIRST, TRY_MOST = 0.2, 3.0
#: The part of a claim's lease in which an order waits for its turn within the account's rate; and the kinds of orders,
#: each with places of its own to wait at: of batches, and those that somebody waits for.
WAIT_SHARE, KINDS = 0.25, 2


class Merchant:
    """Made on the event loop. `mirror_ledger` is on connections of its own: reads of the gateway's list must begin on
    time however busy the payments are.
    """

    def __init__(
        self,
        account: MerchantAccount,
        settings: Settings,
        ledger: Executor,
        mirror_ledger: Executor,
        watcher: Watcher,
        tracer: Tracer | None = None,
    ) -> None:
        self.name = account.name
        self.route = Route(account.name, account.currencies)
        share = settings.batch_share
        limiter = None
        if account.rate_max:
            waiting = limiter_waiting(settings)
            limiter = Limiter(account.name, ledger, account.rate_max, batch_share=share, waiting=waiting)
        hooks: Hooks = AccountHooks(account.name, watcher, limiter)
        if tracer is not None:
            hooks = TracedHooks(hooks, tracer, account.base_url)
        self.client = CardinityClient(settings.client_settings(account.name), hooks=hooks)
        self._keeper = KeyKeeper(
            account,
            self.client,
            watcher,
            reopen=lambda: self.lane.reopen(),
            first_s=settings.hold_back_s * TRY_FIRST,
            most_s=settings.hold_back_s * TRY_MOST,
        )
        rules = verdict_rules(settings)
        self.lane = Lane(
            account.name,
            self.client,
            ledger,
            rules,
            breaker_wait_s=settings.breaker_reset_s,
            on_low_credits=lambda sequence: self._mirror.hurry(sequence),
            sharers=settings.worker_processes,
            on_refused=self._keeper.refused,
            rest_s=settings.hold_back_s * TRY_MOST,
            limiter=limiter,
            batch_share=share,
            holds_first=account.holds_first,
        )
        pace = Pace(busy_s=min(0.5, settings.presence_s / 4))
        self._mirror = Mirror(
            account.name,
            self.client,
            mirror_ledger,
            MirrorRules(settings.list_limit, settings.send_credits, settings.clean_scans, pace),
            watcher,
            busy=lambda: self.lane.in_flight > 0 or self.judge.open_orders > 0,
            on_credits=self.lane.gate.renewed,
        )
        self.judge = Resolver(account.name, self.client, ledger, rules, watcher)
        self._strays = Strays(account.name, self.client, ledger, watcher)
        self._expiring = Expiring(account.name, self.client, ledger, _hold_rules(settings), watcher)
        self.disputes = DisputePoller(
            account.name, self.client, ledger, watcher, every_s=settings.disputes_interval_s
        ).run

    async def resolve(self, lead: Callable[[], bool]) -> None:
        """The duty of the account's leader: read the gateway's list, settle what is unknown, let go of stray holds, and
        tell of open ones that expire."""
        async with asyncio.TaskGroup() as together:
            for duty in (self._mirror, self.judge, self._strays, self._expiring):
                together.create_task(duty.run(lead))

    @property
    def breaker_state(self) -> str:
        """`closed`, `open` or `half-open`."""
        return self.client.breaker.state

    def reset_breaker(self) -> None:
        """Close the breaker: an operator knows that the gateway is back."""
        self.client.breaker.reset()

    def halt(self, halted: bool) -> None:
        """Send nothing new through this account, or go on."""
        self.lane.halt(halted)

    async def keep_key(self) -> None:
        """Take a replaced secret, and open the lane when the gateway takes the key again; until cancelled."""
        await self._keeper.run()

    async def aclose(self) -> None:
        """Close the connections to the gateway."""
        await self.client.aclose()


def limiter_waiting(settings: Settings) -> Waiting:
    """How orders wait for their account's rate: not for long, because most of a claim's lease is for what comes after
    that; and not in more than half of the slots, whatever the accounts are."""
    limited = sum(bool(merchant.rate_max) for merchant in settings.merchants)
    most = settings.in_flight_max // (2 * KINDS * max(1, limited))
    return Waiting(settings.lease_s * WAIT_SHARE, settings.worker_processes, max(1, most))


def _hold_rules(settings: Settings) -> HoldRules:
    return HoldRules(settings.authorisation_hold_s, settings.hold_warning_s)


def verdict_rules(settings: Settings) -> Rules:
    """How absence is proven."""
    return Rules(
        horizon_ms=int(settings.absence_horizon_s * 1000),
        skew_ms=int(settings.clock_skew_s * 1000),
        clean_scans=settings.clean_scans,
        absent=settings.absent,
    )
