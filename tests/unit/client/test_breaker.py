"""The breaker: what trips it, and that a read, never a charge, tests the gateway again."""

import asyncio
from typing import Any

import pytest

from cardinity_client import (
    AccountProblem,
    Answer,
    Approved,
    ClientSettings,
    Declined,
    Pending,
    RateLimited,
    Rejected,
    Secret,
    Unknown,
    Unsent,
)
from cardinity_client.breaker import Breaker
from cardinity_client.wire import parse_payment
from tests.unit.client.builders import encoded, payment_row

PAYMENT = parse_payment(encoded(payment_row()))
FAILURES: list[Answer] = [
    Unknown("timeout", None, alarm=False),
    Unknown("http_5xx", 503, alarm=False),
    Unknown("connection_lost", None, alarm=False),
    Unknown("content_type", 201, alarm=False),
    Unsent("connect_failed"),
    Unsent("connect_timeout"),
    Unsent("dns_failed"),
    Unsent("tls_failed"),
]
SUCCESSES: list[Answer] = [Approved(PAYMENT), Declined(PAYMENT), Pending(PAYMENT), Rejected(400, "", ())]
NEITHER: list[Answer] = [
    AccountProblem(401),
    RateLimited(30.0),
    Unsent("pool_timeout"),
    Unsent("breaker_open"),
]


class Watch:
    """Hooks that remember the breaker's ways."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, str, str]] = []

    def attempt_finished(self, operation: str, kind: str, duration_s: float) -> None:
        raise AssertionError("a breaker makes no attempts")

    def retry_scheduled(self, operation: str, wait_s: float) -> None:
        raise AssertionError("a breaker repeats nothing")

    def breaker_changed(self, account: str, old: str, new: str) -> None:
        self.changes.append((account, old, new))


class Probe:
    """A read that waits to be told how it ended."""

    def __init__(self) -> None:
        self.calls = 0
        self.ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def __call__(self, deadline: float) -> bool:
        self.calls += 1
        return await asyncio.shield(self.ended)


def breaker(probe: Any, *, reset_s: float = 0.0, watch: Watch | None = None) -> Breaker:
    settings = ClientSettings("https://gateway.example/v1", "k", Secret("s"), breaker_reset_s=reset_s, account="shop")
    return Breaker(settings, probe, watch or Watch())


def trip(subject: Breaker) -> None:
    for _ in range(5):
        subject.record(FAILURES[0])


async def unused(deadline: float) -> bool:
    raise AssertionError("no probe is due")


@pytest.mark.parametrize("failure", FAILURES, ids=str)
async def test_five_failures_in_a_row_open_it(failure: Answer) -> None:
    """Four failures leave it closed, the fifth opens it, and the hooks hear of it."""
    watch = Watch()
    subject = breaker(unused, reset_s=30.0, watch=watch)
    for _ in range(4):
        subject.record(failure)
    assert await subject.admit(0.0)
    subject.record(failure)
    assert not await subject.admit(0.0)
    assert watch.changes == [("shop", "closed", "open")]


@pytest.mark.parametrize("success", SUCCESSES, ids=lambda answer: answer.kind)
async def test_the_gateways_word_breaks_the_row(success: Answer) -> None:
    """A decline or a rejection is an answer: the count starts again."""
    subject = breaker(unused)
    for _ in range(20):
        for _ in range(4):
            subject.record(FAILURES[0])
        subject.record(success)
    assert subject.state == "closed"


@pytest.mark.parametrize("neither", NEITHER, ids=str)
async def test_some_ends_say_nothing_about_the_gateway(neither: Answer) -> None:
    """A refused key, a rate limit or our own limits neither count nor clear."""
    subject = breaker(unused, reset_s=30.0)
    for _ in range(5):
        subject.record(neither)
    assert subject.state == "closed"
    for _ in range(5):
        subject.record(FAILURES[0])
        subject.record(neither)
    assert subject.state == "open"


async def test_half_open_admits_nobody_but_one_probe() -> None:
    """Of a hundred that ask at once one makes the probe and ninety-nine are turned away."""
    probe = Probe()
    subject = breaker(probe)
    trip(subject)
    asking = [asyncio.ensure_future(subject.admit(0.0)) for _ in range(100)]
    await asyncio.sleep(0)
    assert (probe.calls, sum(task.done() for task in asking), subject.state) == (1, 99, "half-open")
    probe.ended.set_result(True)
    assert sorted(await asyncio.gather(*asking)) == [False] * 99 + [True]
    assert (probe.calls, subject.state) == (1, "closed")


async def test_a_failed_probe_opens_it_again() -> None:
    """The gateway is still away: nobody is admitted and the time starts again."""
    probe, watch = Probe(), Watch()
    probe.ended.set_result(False)
    subject = breaker(probe, watch=watch)
    trip(subject)
    assert not await subject.admit(0.0)
    assert [new for _, _, new in watch.changes] == ["open", "half-open", "open"]


async def test_a_cancelled_probe_gives_its_place_free() -> None:
    """A prober that goes away does not keep the others from probing."""
    probe = Probe()
    subject = breaker(probe)
    trip(subject)
    asking = asyncio.ensure_future(subject.admit(0.0))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    probe.ended.set_result(True)
    assert await subject.admit(0.0)


@pytest.mark.parametrize("late", [Approved(PAYMENT), FAILURES[0]], ids=lambda answer: answer.kind)
async def test_late_ends_do_not_move_it(late: Answer) -> None:
    """Charges that began before it opened neither close it nor keep it open."""
    watch = Watch()
    subject = breaker(unused, reset_s=30.0, watch=watch)
    trip(subject)
    for _ in range(100):
        subject.record(late)
    assert (subject.state, len(watch.changes)) == ("open", 1)


async def test_a_late_end_is_no_probe() -> None:
    """When a probe is due, a charge that ends well does not stand in for it."""
    probe = Probe()
    probe.ended.set_result(False)
    subject = breaker(probe)
    trip(subject)
    subject.record(Approved(PAYMENT))
    assert subject.state == "open"
    assert not await subject.admit(0.0)


def test_a_burst_of_timeouts_among_many_successes_opens_nothing() -> None:
    """Requests that left together time out together; a gateway that answers the others is no outage."""
    subject = breaker(unused)
    for _ in range(40):
        subject.record(SUCCESSES[0])
    for _ in range(10):
        subject.record(FAILURES[0])
    assert subject.state == "closed"


def test_an_outage_after_long_health_opens_it() -> None:
    """Once half of the latest ends are failures, five more in a row are enough."""
    subject = breaker(unused)
    for _ in range(1000):
        subject.record(SUCCESSES[0])
    for _ in range(30):
        subject.record(FAILURES[0])
    assert subject.state == "open"


async def test_an_operator_closes_it_at_once() -> None:
    """Without a probe; what was counted before counts no more."""
    hooks, settings = Watch(), ClientSettings("https://api.cardinity.com/v1", "key", Secret("s"), breaker_failures=2)
    breaker = Breaker(settings, probe=_never_asked, hooks=hooks)
    breaker.record(FAILURES[0])
    breaker.record(FAILURES[0])
    assert breaker.state == "open"
    breaker.reset()
    breaker.record(FAILURES[0])
    assert (breaker.state, await breaker.admit(0.0)) == ("closed", True)


async def _never_asked(deadline: float) -> bool:
    raise AssertionError("nobody doubts the gateway")
