"""Faults of the gateway: everything its double can do to a post and to the list, and other traffic of the account."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Callable
from typing import Any

from cardinity_client import Card, CardinityClient, CreatePayment
from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.contract.names import FOLLOW_UPS
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.campaign.forms import TWO_PHASE, rule_of
from tests.campaign.plan import Plan
from tests.chaos.oracle import FOREIGN
from tests.stack import CARD

#: One post in so many meets an answer of that kind.
ONE_IN = 20
#: What each kind of answer is in words, and its delays in ms where it has any.
POSTS: dict[str, tuple[str, tuple[int, int]]] = {
    "charge_then_reset": ("charges and resets the connection", (0, 0)),
    "charge_then_close": ("charges and closes the connection", (0, 0)),
    "charge_then_hang": ("charges and never answers", (0, 0)),
    "reset_before": ("resets the connection without charging", (0, 0)),
    "close_before": ("closes the connection without charging", (0, 0)),
    "hang_before": ("neither charges nor answers", (0, 0)),
    "late_landing": ("charges after its client has given up", (50, 350)),
    "http_500_before": ("says 500 without charging", (0, 0)),
    "http_500_after": ("charges and says 500", (0, 0)),
    "http_502_after": ("charges, and a proxy says 502 in HTML", (0, 0)),
    "http_503_after": ("charges and says 503", (0, 0)),
    "http_504_after": ("charges, and a proxy says 504 in HTML", (0, 0)),
    "redirect_307": ("redirects a post to itself", (0, 0)),
    "html_200": ("lets a captive portal answer", (0, 0)),
    "empty_201": ("charges and says 201 without a body", (0, 0)),
    "truncated_json": ("charges and answers half a document", (0, 0)),
    "short_body": ("charges and sends less than content-length says", (0, 0)),
    "bad_chunk": ("charges and breaks the chunked framing", (0, 0)),
    "oversized_body": ("charges and answers a mebibyte", (0, 0)),
    "gzip_bomb": ("charges and answers 100 MB, compressed", (0, 0)),
    "deep_json": ("charges and nests its answer 100,000 times", (0, 0)),
    "duplicate_keys": ("charges and names two statuses", (0, 0)),
    "wrong_order_in_body": ("charges and names another order", (0, 0)),
    "wrong_amount_in_body": ("charges and names another amount", (0, 0)),
    "wrong_currency_in_body": ("charges and names another currency", (0, 0)),
    "slow_answer": ("charges and answers around the deadline", (700, 1300)),
    "slow_body": ("charges and sends a byte at a time", (2, 20)),
    "processing": ("is still processing for a while", (200, 2500)),
}
#: What is asked for after an order's own post, and the share of such requests that meet a fault of theirs.
LATER = ("finalize", "settlement", "void", "link_delete")
LATER_RATE = 0.2
#: Which of the answers above these may get.
LATER_POSTS = ("charge_then_reset", "reset_before", "http_500_before", "http_503_after", "late_landing", "slow_answer")
#: Few of these: each is a mebibyte or more of work for a double that serves all others too.
HEAVY = frozenset({"gzip_bomb", "deep_json", "oversized_body"})
HEAVY_MAX = 3
#: What 429 may say about when to come again. The client's default of 30 s makes such a run long.
RETRY_AFTERS = ("0", "1", "2", "-1", "junk", "", "Wed, 21 Oct 2015 07:28:00 GMT", "1.5")
#: How long the list may lag when this fault is drawn; H has room for it.
LAG_S = 0.5
#: What the gateway lists.
LISTED = ("payment", *FOLLOW_UPS)
#: Seconds of an outage, and of the halves of flapping; fewer than the feed takes.
OUTAGES_S, FLAP_S = (1.0, 4.0), 0.3
#: Payments of others that come at once: two pages of the list.
FOREIGN_BURST = 200
#: Seconds the double may freeze: what it does late after that is within `GATEWAY_LATE_S` and the spare time in H.
FREEZE_S = (0.2, 0.6)


def _post(name: str) -> Fault:
    says, (low, high) = POSTS[name]

    def prepare(plan: Plan, rng: random.Random) -> None:
        count = max(2, len(plan.orders) // ONE_IN)
        for order_id in plan.pick(rng, min(count, HEAVY_MAX) if name in HEAVY else count, any_kind=True):
            delay = {"delay_ms": rng.randint(low, high)} if high else {}
            plan.sandbox_faults.append(rule_of(order_id, name, **delay))

    return Fault(f"gateway-{name.replace('_', '-')}", "gateway", f"the gateway {says}", prepare)


def _later(name: str) -> Fault:
    """The same for requests that come after an order's own: told again, until they are heard."""
    says, (low, high) = POSTS[name]

    def prepare(plan: Plan, rng: random.Random) -> None:
        delay = {"delay_ms": rng.randint(low, high)} if high else {}
        plan.sandbox_faults += [{"fault": name, "operation": each, "rate": LATER_RATE, **delay} for each in LATER]

    name_ = f"gateway-later-{name.replace('_', '-')}"
    return Fault(name_, "gateway", f"for answers told, holds and deletions: the gateway {says}", prepare)


def _doubled_holds(plan: Plan, rng: random.Random) -> None:
    """A proxy delivers authorisations twice: one of each two is settled, and the other one let go."""
    for order_id in plan.pick(rng, len(plan.orders) // ONE_IN, form=TWO_PHASE):
        plan.sandbox_faults.append({"fault": "delivered_twice", "order_id": order_id})


def _refused_settlements(plan: Plan, rng: random.Random) -> None:
    plan.sandbox_faults.append({"fault": "declined", "operation": "settlement", "rate": LATER_RATE})


def _refusal(name: str, says: str, *retry_afters: str) -> Fault:
    """Refused once, and not charged: the order is sent again later, once more."""

    def prepare(plan: Plan, rng: random.Random) -> None:
        fault = name.replace("-", "_")
        for order_id in plan.pick(rng, 3):
            rule: dict[str, Any] = {"fault": fault, "order_id": order_id, "times": 1}
            plan.sandbox_faults.append({**rule, "retry_after": rng.choice(retry_afters)} if retry_afters else rule)

    return Fault(f"gateway-{name}", "gateway", f"the gateway {says}", prepare)


def _listing(name: str, says: str, prepare: Callable[[Plan, random.Random], None], *allows: str) -> Fault:
    return Fault(f"gateway-{name}", "gateway", f"the gateway's list {says}", prepare, allows=frozenset(allows))


def _lag(plan: Plan, rng: random.Random) -> None:
    plan.settings["LIST_LAG_S"] = str(LAG_S)
    lag = {"fault": "list_lag", "rate": 0.5, "delay_ms": rng.randint(50, int(LAG_S * 1000))}
    plan.sandbox_faults += [{**lag, "operation": operation} for operation in LISTED]


def _missing(plan: Plan, rng: random.Random) -> None:
    """Charges that the list never shows: no proof from it is one, so a human decides."""
    plan.settings["ABSENT"] = "park"
    for order_id in plan.pick(rng, 3):
        plan.sandbox_faults += [
            {"fault": name, "order_id": order_id} for name in ("charge_then_reset", "list_missing_row")
        ]


def _of_all_reads(name: str, rate: float) -> Callable[[Plan, random.Random], None]:
    rules = [{"fault": name, "rate": rate, "operation": operation} for operation in LISTED]
    return lambda plan, rng: plan.sandbox_faults.extend(rules)


def _slow(plan: Plan, rng: random.Random) -> None:
    plan.sandbox_args += ["--latency-ms", str(rng.randint(20, 200)), "--latency-jitter-ms", str(rng.randint(50, 600))]


def _outage(fault: str) -> Callable[[Fire, random.Random], None]:
    """Everybody gets it for a while. Rules for single orders stay as they are."""

    def strike(fire: Fire, rng: random.Random) -> None:
        if fire.await_done(rng.uniform(0.1, 0.5)):
            install(fire, fault)
            fire.wait(rng.uniform(*OUTAGES_S))
        install(fire)

    return strike


def _flap(fire: Fire, rng: random.Random) -> None:
    fire.await_done(rng.uniform(0.1, 0.5))
    for _ in range(4):
        install(fire, rng.choice(("http_503_before", "http_500_after", "reset_before")))
        fire.wait(FLAP_S)
        install(fire)
        fire.wait(FLAP_S)


def install(fire: Fire, *faults: str) -> None:
    """Let these befall every charge, on top of what the run has planned."""
    fire.stack.admin("faults", [*fire.plan.sandbox_faults, *({"fault": fault, "rate": 1.0} for fault in faults)])
    fire.note(f"the gateway: {', '.join(faults) or 'as planned'}")


def _foreign(fire: Fire, rng: random.Random) -> None:
    """Other traffic of the same account, more at once than two pages of the list."""
    for _ in range(2):
        if fire.await_done(rng.uniform(0.1, 0.7)):
            asyncio.run(_burst(fire, rng.getrandbits(32)))


async def _burst(fire: Fire, number: int) -> None:
    settings = fire.stack.settings().client_settings()
    card = Card(Secret(str(CARD["pan"])), 4, 2031, Secret(str(CARD["cvc"])), str(CARD["holder"]))
    async with CardinityClient(settings) as client:
        wanted = (
            CreatePayment(f"{FOREIGN}{number}-{each}", Money(1000, "EUR"), "LT", None, card)
            for each in range(FOREIGN_BURST)
        )
        await asyncio.gather(*(client.create_payment(payment) for payment in wanted))


def _freeze(fire: Fire, rng: random.Random) -> None:
    for moment in sorted(rng.uniform(0.1, 0.7) for _ in range(3)):
        if fire.await_done(moment):
            os.kill(fire.stack.sandbox_pid, signal.SIGSTOP)
            fire.wait(rng.uniform(*FREEZE_S))
            os.kill(fire.stack.sandbox_pid, signal.SIGCONT)


#: Those that change the gateway's plan in the run: one at a time.
REPLANS = frozenset(
    {
        "gateway-outage-503",
        "gateway-outage-500-charged",
        "gateway-outage-reset",
        "gateway-flapping",
        "account-broken",
    }
)

FAULTS: tuple[Fault, ...] = (
    *(_post(name) for name in POSTS),
    *(_later(name) for name in LATER_POSTS),
    Fault(
        "gateway-hold-twice", "gateway", "the gateway gets some authorisations twice, and holds twice", _doubled_holds
    ),
    Fault("gateway-settlement-declined", "gateway", "the bank refuses to settle some holds", _refused_settlements),
    _refusal("http-401", "refuses the key, once for each of three orders"),
    _refusal("http-403", "forbids it, once for each of three orders"),
    _refusal("rate-limited-429", "says 429 and when to come again, in every way there is", *RETRY_AFTERS),
    _listing("list-500", "fails for half of the reads", _of_all_reads("list_500", 0.5)),
    _listing("list-lag", "shows half of the payments late", _lag),
    _listing("list-missing", "never shows some payments, and absence is no proof", _missing, "parked"),
    _listing("list-repeated", "shows each row twice", _of_all_reads("list_repeated", 0.5), "parked"),
    _listing("list-reordered", "shows the oldest first", _of_all_reads("list_reordered", 0.5), "parked"),
    Fault("gateway-latency", "gateway", "every answer takes long, some longer", _slow),
    Fault(
        "gateway-foreign-burst",
        "gateway",
        "two pages of others' payments at once",
        strike=_foreign,
        allows=frozenset({"parked"}),
    ),
    Fault("gateway-freeze", "gateway", "the gateway stands still for a moment", strike=_freeze),
    Fault(
        "gateway-outage-503",
        "gateway",
        "every post is answered 503 for seconds",
        strike=_outage("http_503_before"),
        excludes=REPLANS,
    ),
    Fault(
        "gateway-outage-500-charged",
        "gateway",
        "every post charges and is answered 500 for seconds",
        strike=_outage("http_500_after"),
        excludes=REPLANS,
    ),
    Fault(
        "gateway-outage-reset",
        "gateway",
        "every post is reset, uncharged, for seconds",
        strike=_outage("reset_before"),
        excludes=REPLANS,
    ),
    Fault("gateway-flapping", "gateway", "the gateway breaks and works by turns", strike=_flap, excludes=REPLANS),
)
