"""One run: shape the system, start it, let payments and faults loose on it, wait until all is over, and judge.

What a fault decides depends on the seed and its own name alone, so leaving another one out changes nothing for it.
"""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis

from producers.contract import states
from producers.contract.follow_ups import token_of
from producers.runtime.embedded import EmbeddedValkey
from tests.campaign import forms, judge, second
from tests.campaign.crew import Crew
from tests.campaign.customers import answering
from tests.campaign.fault import Fault
from tests.campaign.feed import Feed
from tests.campaign.fire import Fire
from tests.campaign.following import Parents, counted
from tests.campaign.plan import Link, Plan
from tests.campaign.search import METRICS, Search, search
from tests.campaign.second import SECOND
from tests.campaign.system.netns import private_network
from tests.campaign.wishes import order_ids
from tests.chaos.holds import payments_of
from tests.chaos.oracle import Books, follow_ups, loose_ends, read_books, still_open
from tests.eventually import awaited
from tests.proxy import CuttingProxy
from tests.stack import Stack

#: Seconds after which strikes are told to end, and they then have to do so.
STRIKES_S, STRIKES_END_S = 60.0, 20.0
#: Seconds for accepting what is left when the faults are over.
FEED_END_S = 30.0
#: Seconds until everything has ended: H, ten, and what a machine with other work takes longer.
CLOSED_S = 60.0
#: Seconds after that until nothing is held that nobody takes, and every second payment on a link is an alarm.
LOOSE_S = 15.0
#: Seconds in which a worker notices that its ledger is gone, and in which nothing may be sent after that.
NOTICED_S, SILENT_S = 2.0, 2.0
#: Every command is a slow one: the slow log is a place where a server keeps what it was told.
VALKEY = {"slowlog-log-slower-than": "0", "slowlog-max-len": "4000"}


@dataclass(slots=True)
class Outcome:
    """What came of a run. `left_out` are the faults that this machine cannot make, with the reason."""

    seed: int
    payments: int
    faults: tuple[str, ...]
    left_out: dict[str, str]
    violations: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    follow_ups: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    #: Orders that the second account took, in runs that have one.
    moved: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    tally: judge.Tally = field(default_factory=judge.Tally)
    notes: list[str] = field(default_factory=list)
    search: Search = field(default_factory=Search)
    workers_started: int = 0
    locked_down: bool = False
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether no rule was broken."""
        return not self.violations


def run(seed: int, payments: int, faults: Sequence[Fault], directory: Path) -> Outcome:
    """Run it once. A harness that fails is a violation too, so that no run passes for want of a judgement."""
    reasons = {fault.name: fault.need() for fault in faults}
    outcome = Outcome(
        seed, payments, tuple(reasons), {name: reason for name, reason in reasons.items() if reason is not None}
    )
    began = time.monotonic()
    try:
        _run(outcome, [fault for fault in faults if reasons[fault.name] is None], directory)
    except Exception:  # whatever it was, it is told and the next run goes on
        outcome.violations.append(f"the harness failed: {traceback.format_exc()}")
    outcome.seconds = time.monotonic() - began
    return outcome


def _run(outcome: Outcome, faults: Sequence[Fault], directory: Path) -> None:
    plan = Plan(outcome.seed, order_ids(outcome.seed, outcome.payments), directory)
    plan.valkey_config.update(VALKEY)
    plan.settings.update(
        {"PROMETHEUS_MULTIPROC_DIR": str(directory / METRICS), "WORKER_PROCESSES": "2", "LOG_LEVEL": "debug"}
    )
    if second.is_drawn(outcome.seed) and all(fault.family != "deploy" for fault in faults):
        second.add_to(plan)
    for fault in faults:
        fault.prepare(plan, _rng(outcome.seed, fault))
    with plan.closing, system(plan) as fire, answering(fire):
        outcome.notes, outcome.hits = fire.notes, fire.hits
        feed = Feed(fire)
        fire.renew_producers = feed.renew
        feed.start()
        outcome.violations += _strike(fire, faults, outcome.seed)
        allows = {word for fault in faults for word in fault.allows}
        if any(fault.expects == "lockdown" for fault in faults):
            _end_locked(outcome, fire, feed)
            outcome.violations += judge.ends(fire.crew.ends, (), {*allows, "exit:78", "exit:1"})
            return
        feed.join(FEED_END_S)
        if feed.is_alive():
            outcome.violations.append("not every order could be accepted after the faults were over")
            feed.given_up.set()
            feed.join()
        fire.crew.call_off()
        left = _until_closed(fire, allows)
        outcome.search = search(fire.stack)
        well = fire.crew.stop()
        books = read_books(fire.stack)
        fire.crew.count_hits(books.orders, fire.hit)
        outcome.tally = judge.tally(books, feed.accepted)
        outcome.states = Counter(record.state for record in books.orders.values())
        outcome.follow_ups = counted(books.orders)
        outcome.forms = forms.counted(plan.forms, books.orders)
        outcome.workers_started = fire.crew.started
        outcome.moved = sum(SECOND in row.get("at", ()) for row in books.charges.values())
        outcome.violations += [f"{count} {name} are still open" for name, count in left.items()]
        outcome.violations += [*feed.errors, *_judged(books, feed, allows)]
        outcome.violations += judge.ends(fire.crew.ends, well, allows)
        outcome.violations += judge.canary(outcome.search)


def _judged(books: Books, feed: Feed, allows: set[str]) -> Iterator[str]:
    if feed.locked:
        yield "the ledger was locked, and no fault should have caused that"
    yield from judge.closed(books, feed.accepted, allows)


@contextmanager
def system(
    plan: Plan, make_crew: Callable[[Stack, Plan], Crew] = Crew, make_fire: Callable[..., Fire] = Fire
) -> Iterator[Fire]:
    """Everything started in order; stopped in the other."""
    directory = plan.directory
    with ExitStack() as closing:
        closing.enter_context(private_network() if plan.namespaced else nullcontext())
        (directory / METRICS).mkdir(parents=True)
        valkey = EmbeddedValkey(directory / "valkey", config=plan.valkey_config, wrap=_command(plan.wrap_valkey))
        stack = second.Branches(
            directory,
            faults=plan.sandbox_faults,
            sandbox_args=["--seed", str(plan.seed), *plan.sandbox_args],
            sandbox_wrap=_command(plan.wrap_sandbox),
            settings=plan.settings,
            valkey=valkey,
        )
        closing.enter_context(stack)
        parents = Parents(stack, plan.orders, plan.sandbox_faults)  # before there is a second account
        proxies = {link: closing.enter_context(CuttingProxy(_port(stack, link))) for link in sorted(plan.use_proxies)}
        for link, proxy in proxies.items():
            stack.env |= _led_through(link, proxy)
        stack.env["CARDINITY_BASE_URL"] = stack.env["CARDINITY_BASE_URL"].replace("127.0.0.1", plan.gateway_host)
        if plan.second_account:
            stack.open_second()
        stack.markers.mkdir()
        crew = closing.enter_context(make_crew(stack, plan))
        yield make_fire(plan, stack, crew, proxies, parents)


def _command(wraps: Sequence[Sequence[str]]) -> list[str]:
    return [part for wrap in wraps for part in wrap]


def _port(stack: Stack, link: Link) -> int:
    port = urlsplit(stack.gateway).port if link == "gateway" else stack.valkey.port
    assert port is not None
    return port


def _led_through(link: Link, proxy: CuttingProxy) -> dict[str, str]:
    match link:
        case "redis-queue":
            return {"REDIS_QUEUE_URL": proxy.url(0)}
        case "redis-ledger":
            return {"REDIS_LEDGER_URL": proxy.url(1)}
        case "gateway":
            return {"CARDINITY_BASE_URL": f"http://127.0.0.1:{proxy.port}/v1"}


def _strike(fire: Fire, faults: Sequence[Fault], seed: int) -> list[str]:
    """All strikes at once, each in its thread, until all have undone what they did."""
    failures: list[str] = []

    def struck(fault: Fault, strike: Callable[[Fire, random.Random], None]) -> None:
        fire.note(f"{fault.name} begins")
        try:
            strike(fire, _rng(seed, fault))
        except Exception:  # told as a failure of this run
            failures.append(f"{fault.name} failed: {traceback.format_exc()}")
        fire.note(f"{fault.name} is over")

    threads = {
        fault.name: threading.Thread(target=struck, args=(fault, fault.strike), daemon=True)
        for fault in faults
        if fault.strike
    }
    for thread in threads.values():
        thread.start()
    ends_at = time.monotonic() + STRIKES_S
    for thread in threads.values():
        thread.join(max(0.0, ends_at - time.monotonic()))
    fire.over.set()
    ends_at = time.monotonic() + STRIKES_END_S
    for name, thread in threads.items():
        thread.join(max(0.0, ends_at - time.monotonic()))
        if thread.is_alive():
            failures.append(f"{name} did not come to its end")
    fire.crew.thaw_all()
    return [*failures, *fire.wrongs]


def _until_closed(fire: Fire, allows: Collection[str]) -> dict[str, int]:
    """What is open at the end of the patience; empty when nothing is. Then holds are let go, and alarms are raised."""
    stack = fire.stack
    left = {"ledgers out of reach": 1}

    def closed() -> bool:
        nonlocal left
        with suppress(redis.RedisError):
            left = still_open(stack, [states.PARKED])
            if judge.MESSAGES in allows:
                left.pop("messages", None)
        return not left

    awaited(closed, within_s=CLOSED_S)
    if not left:
        awaited(lambda: not loose_ends(stack), within_s=LOOSE_S)
    return left


def _end_locked(outcome: Outcome, fire: Fire, feed: Feed) -> None:
    """Give workers time to notice, and then look twice at what the gateway got."""
    feed.given_up.set()
    feed.join()
    awaited(lambda: False, within_s=NOTICED_S)
    before = _sent(fire)
    awaited(lambda: False, within_s=SILENT_S)
    after = _sent(fire)
    fire.crew.stop()
    outcome.locked_down = True
    outcome.tally = judge.Tally(charged_twice=judge.charged_twice(after))
    outcome.workers_started = fire.crew.started
    outcome.violations += judge.lockdown(before, after)


def _sent(fire: Fire) -> dict[str, Mapping[str, Any]]:
    """The gateway's rows of everything that an order can ask for once. A hold may be settled by whoever gets there, so
    its second phase is counted at the gateway alone.
    """
    stack = fire.stack
    holds = [hold for order_id in fire.plan.of_form(forms.TWO_PHASE) for hold in payments_of(stack, order_id)]
    later = {token_of(one) for one in (*fire.plan.of_form(forms.TWO_PHASE), *holds)}
    return stack.charges() | {token: row for token, row in follow_ups(stack).items() if token not in later}


def _rng(seed: int, fault: Fault) -> random.Random:
    return random.Random(f"{seed} {fault.name}")
