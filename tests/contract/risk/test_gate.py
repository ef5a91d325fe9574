"""The gate while Redis answers no question: the order goes on and is counted, or waits, as the merchant said; and
nothing goes on by what could not be kept.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from cardinity_client import Card, CreatePayment
from cardinity_client.secret import Secret
from producers.errors import LedgerUnavailable
from producers.runtime.clients import async_client
from producers.runtime.ledger import calls, risk_calls
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import PATIENCE_S, AsyncLedger, Executor
from producers.runtime.ledger.results import Claimed
from producers.runtime.settings import Settings
from tests.ledgers import EPOCH, MINE, THEIRS, accept, claim, open_ledger, read
from tests.unit.contract.builders import a_charge
from tests.unit.risk.builders import rules
from workers.risk.gate import Ended, Passed, Rests, RiskGate
from workers.risk.identity import Names

T = TypeVar("T")
CHARGE = a_charge()
assert isinstance(CHARGE.instrument, Card)
REQUEST = CreatePayment("ORD-1", CHARGE.amount, "LT", None, CHARGE.instrument)
REVIEWING = rules({"many_customers": "live"}, many_customers={"max": 1})


class Listening:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.verdicts: list[str] = []
        self.met: list[tuple[str, str]] = []

    def step(self, name: str, order_id: str) -> None:
        """Nothing here dies."""

    def risk_met(self, rule: str, mode: str) -> None:
        self.met.append((rule, mode))

    def risk_judged(self, verdict: str) -> None:
        self.verdicts.append(verdict)


class Deaf:
    """A ledger that does not answer calls of that name."""

    def __init__(self, ledger: Executor, name: str) -> None:
        self._ledger = ledger
        self._name = name

    async def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        if call.script == self._name:
            raise LedgerUnavailable("no answer", ambiguous=True)
        return await self._ledger.run(call, patience_s=patience_s)

    async def read(self, *command: Any) -> Any:
        return await self._ledger.read(*command)


@pytest.fixture
async def ledger(ledger_url: str) -> AsyncIterator[AsyncLedger]:
    """An executor on a ledger with one claimed order of a known customer."""
    sync = open_ledger(ledger_url)
    accept(sync, customer="cust-42")
    claim(sync)
    settings = Settings.from_environ({"REDIS_LEDGER_URL": ledger_url})
    client = async_client(settings.redis_ledger_url, settings)
    executor = AsyncLedger(client, EPOCH)
    yield executor
    await executor.aclose()
    await client.aclose()


@pytest.fixture
def gate() -> Callable[..., RiskGate]:
    """Makes gates."""

    def make(ledger: Executor, watcher: Listening, **changes: Any) -> RiskGate:
        return RiskGate(ledger, replace(REVIEWING, **changes), Names("k1", Secret(b"k" * 32)), None, watcher)

    return make


@pytest.mark.parametrize(("policy", "expected"), [("allow", Passed), ("hold_back", Rests)])
async def test_facts_that_cannot_be_read(
    ledger: AsyncLedger, ledger_url: str, gate: Callable[..., RiskGate], policy: str, expected: type
) -> None:
    """By the merchant's policy, and counted either way."""
    watcher = Listening()
    record = read(open_ledger(ledger_url))
    answer = await gate(Deaf(ledger, "risk_look"), watcher, on_trouble=policy).admit(record, REQUEST)
    assert (type(answer), watcher.verdicts) == (expected, ["unread"])


async def test_what_was_rejected_is_not_sent_because_nobody_can_read_it(
    ledger: AsyncLedger, ledger_url: str, gate: Callable[..., RiskGate]
) -> None:
    """The merchant lets orders go on of which nothing can be read. This one somebody has rejected."""
    sync = open_ledger(ledger_url)
    await gate(ledger, Listening()).admit(read(sync), REQUEST)
    assert await ledger.run(risk_calls.decide("ORD-1", "rejected")) == ("ok", "")
    deaf = gate(Deaf(ledger, "risk_look"), Listening(), on_trouble="allow")
    assert await deaf.admit(read(sync), REQUEST) == Rests("risk_unread", 0.0)
    assert isinstance(await gate(ledger, Listening()).admit(read(sync), REQUEST), Ended)


async def test_what_was_blocked_by_one_who_died_is_not_sent_because_nobody_can_read_it(
    ledger: AsyncLedger, ledger_url: str, gate: Callable[..., RiskGate]
) -> None:
    """What the first holder found is kept, and the second cannot know."""
    sync = open_ledger(ledger_url)
    taken = sync.run(calls.claim("ORD-1", THEIRS, "w2", lease_ms=1, claims_max=5, presence_ms=0))
    assert isinstance(taken, Claimed)
    deaf = gate(Deaf(ledger, "risk_look"), Listening(), on_trouble="allow")
    assert await deaf.admit(taken.record, REQUEST) == Rests("risk_unread", 0.0)


async def test_what_is_not_kept_lets_nothing_go_on(
    ledger: AsyncLedger, ledger_url: str, gate: Callable[..., RiskGate]
) -> None:
    """The order stays claimed, for whoever takes it after the lease; judged then, it is judged for the first time."""
    watcher = Listening()
    record = read(open_ledger(ledger_url))
    with pytest.raises(LedgerUnavailable):
        await gate(Deaf(ledger, "risk_keep"), watcher).admit(record, REQUEST)
    assert isinstance(await gate(ledger, watcher).admit(record, REQUEST), Rests)
    assert watcher.met == [("many_customers", "live")]


async def test_a_holder_who_was_overtaken_judges_nothing(
    ledger: AsyncLedger, ledger_url: str, gate: Callable[..., RiskGate]
) -> None:
    """What it found under another token is not kept."""
    record = read(open_ledger(ledger_url))
    stale = replace(record, fields={**record.fields, "token": MINE[::-1].replace("a", "c").encode()})
    assert isinstance(await gate(ledger, Listening()).admit(stale, REQUEST), Rests)
    assert read(open_ledger(ledger_url)).text("risk") == ""


async def test_a_review_is_over_once(ledger: AsyncLedger, ledger_url: str, gate: Callable[..., RiskGate]) -> None:
    """When its time has come it ends by that, and no operator's word comes after."""
    record = read(open_ledger(ledger_url))
    hurried = gate(ledger, Listening(), review_s=0, on_timeout="reject")
    answer = await hurried.admit(record, REQUEST)
    assert isinstance(answer, Ended) and (answer.to, answer.code) == ("rejected", "risk_review_over")
    assert await ledger.run(risk_calls.decide("ORD-1", "approved")) == ("decided", "over")
    assert isinstance(await hurried.admit(record, REQUEST), Ended)


async def test_reviews_that_nobody_ended_are_forgotten(
    ledger: AsyncLedger, ledger_url: str, gate: Callable[..., RiskGate]
) -> None:
    """An order that is called back ends without its review. Nobody waits for it once what was found is gone."""
    now_ms = int(time.time() * 1000)
    for order_id, until_ms in (("OLD", now_ms - risk_calls.KEEP_MS - 1000), ("NEW", now_ms - 1000)):
        await ledger.read("ZADD", risk_calls.REVIEWS, until_ms, order_id)
    await gate(ledger, Listening()).admit(read(open_ledger(ledger_url)), REQUEST)
    assert await ledger.read("ZRANGE", risk_calls.REVIEWS, 0, -1) == [b"NEW", b"ORD-1"]


async def test_who_may_write_new_rows_decides_nothing(
    ledger: AsyncLedger, ledger_url: str, gate: Callable[..., RiskGate]
) -> None:
    """Fields of a row are anybody's who may accept orders; the verdict is read from elsewhere."""
    sync = open_ledger(ledger_url)
    allowed = '{"told":{"at_ms":1,"verdict":"allow"}}'
    accept(sync, "ORD-2", customer="cust-43", risk=allowed, review=str(int(time.time() * 1000)))
    claim(sync, order_id="ORD-2")
    answer = await gate(ledger, Listening()).admit(read(sync, "ORD-2"), REQUEST)
    assert isinstance(answer, Rests) and answer.why == "risk_review"
