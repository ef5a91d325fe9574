"""A chargeback comes in at the bank's door of the gateway: one event, and the card is not charged again unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from producers.contract.chargebacks import ChargebackData
from producers.runtime.ledger.scripts import NAMESPACE
from tests.commands import Commands, Ran
from tests.eventually import eventually
from tests.stack import CARD, ROOT, Stack

Cardinity = Callable[..., Ran]

#: Asked for often enough that a test waits for a poll and not for a pause.
SETTINGS = {"DISPUTES_INTERVAL_S": "0.1"}


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A system without workers."""
    with Stack(tmp_path, settings=SETTINGS) as stack:
        yield stack


def _charge(stack: Stack, order_id: str, **instrument: Any) -> Any:
    with stack.enqueuer() as enqueuer:
        fields = {"order_id": order_id, "amount": "10.00", "currency": "EUR", "country": "LT"}
        enqueuer.charge(**fields, **(instrument or CARD))
        return enqueuer.wait(order_id, timeout_s=30)


def _dispute(stack: Stack, payment_id: str, *, status: str = "approved", description: str = "") -> str:
    asked = {"payment_id": payment_id, "status": status, "description": description, "reason_code": "10.4"}
    return str(stack.admin("disputes", asked)["id"])


def _told(stack: Stack) -> list[str]:
    """The ids of all events about chargebacks."""
    with stack.enqueuer() as enqueuer:
        return [e.id for _, e in enqueuer.events("0", idle_s=0.05) if isinstance(e.data, ChargebackData)]


def _until_told(stack: Stack, count: int) -> list[str]:
    return eventually(lambda: told if len(told := _told(stack)) >= count else [], f"{count} chargebacks told")


@pytest.fixture
def cardinity(stack: Stack, commands: Commands) -> Cardinity:
    """The command line."""
    return lambda *arguments: commands.run(*arguments, env=stack.env, cwd=ROOT)


def test_restarts_and_two_leaders_tell_each_chargeback_once(stack: Stack) -> None:
    """Workers die in every round and both think that they lead: at the end there is one event per chargeback."""
    stack.worker()
    payment_id = _charge(stack, "FIRST").payment_id
    ledger = redis.Redis.from_url(stack.valkey.url(1))
    made = []
    for number in range(3):
        made.append(_dispute(stack, payment_id, description=f"round {number}"))
        stack.worker()

        def told(so_many: int = len(made)) -> list[str]:
            ledger.delete(f"{NAMESPACE}:lead:disputes-default")  # whoever asks next leads as well
            return found if len(found := _told(stack)) >= so_many else []

        eventually(told, "the chargeback is told")
        stack.kill_workers()
    stack.worker()
    last = _dispute(stack, payment_id, description="last")
    assert _until_told(stack, 4) == [f"chargeback/{name}/approved" for name in (*made, last)]
    ledger.close()


def test_a_worker_killed_between_reading_and_telling_loses_nothing(stack: Stack) -> None:
    """It dies the moment its read has ended; the next one tells it."""
    stack.worker()
    payment_id = _charge(stack, "FIRST").payment_id
    stack.kill_workers()
    name = _dispute(stack, payment_id)
    doomed = stack.worker({"*reader": {"at": "http:list_chargebacks", "how": "KILL"}})
    eventually(lambda: doomed.poll() is not None, "the death of the reader")
    assert ((stack.markers / "*reader").exists(), _told(stack)) == (True, [])
    stack.worker()
    assert _until_told(stack, 1) == [f"chargeback/{name}/approved"]


def test_a_recurring_charge_of_a_disputed_card_is_never_posted_until_it_is_lifted(
    stack: Stack, cardinity: Cardinity
) -> None:
    """Rejected with its reason, unknown to the gateway's books, explained; after the lift it is charged."""
    for _ in range(2):
        stack.worker()
    paid = _charge(stack, "FIRST")
    sibling = _charge(stack, "SIBLING")
    assert _charge(stack, "BEFORE", payment_id=paid.payment_id).state == "approved"
    name = _dispute(stack, paid.payment_id)
    _until_told(stack, 1)
    refused = _charge(stack, "AFTER", payment_id=paid.payment_id)
    assert (refused.state, refused.reason) == ("rejected", "instrument_disputed")
    assert "AFTER" not in stack.charges()
    assert _charge(stack, "BY-CARD").state == "approved"

    story = cardinity("explain", "--json", "AFTER").records
    assert (story[-1]["reason"], story[-1]["detail"]) == ("instrument_disputed", f"chargeback/{name}")
    story = cardinity("explain", "--json", "FIRST").records
    assert (story[-1]["state"], story[-1]["dispute"]) == ("approved", f"chargeback/{name}")

    # The disputed payment, its card, and the other payment of that card.
    eventually(lambda: _stops(cardinity) == 3, "the other payment of the card is found")
    assert _charge(stack, "AFTER-TOO", payment_id=sibling.payment_id).reason == "instrument_disputed"
    told = {"chargeback_id": name, "account": "default", "lifted": 3}
    rehearsed = cardinity("disputes", "lift", name, "--json", "--dry-run")
    assert (rehearsed.code, rehearsed.records, _stops(cardinity)) == (0, [{**told, "dry_run": True}], 3)
    lifted = cardinity("disputes", "lift", name, "--json")
    assert (lifted.code, lifted.records) == (0, [{**told, "dry_run": False}])
    assert _stops(cardinity) == 0
    assert _charge(stack, "LIFTED", payment_id=paid.payment_id).state == "approved"


def test_the_commands_tell_what_gateway_and_ledger_say(stack: Stack, cardinity: Cardinity) -> None:
    """The gateway's newest, those of one payment with its RDR records, and what was told; what is wrong is named."""
    stack.worker()
    paid = _charge(stack, "FIRST")
    name = _dispute(stack, paid.payment_id, status="initiated")
    stack.admin("disputes", {"payment_id": paid.payment_id, "type": "rdr", "amount": "1.00"})
    _until_told(stack, 1)
    newest = cardinity("chargebacks", "--json")
    assert (newest.code, [(each["id"], each["status"]) for each in newest.records]) == (0, [(name, "initiated")])
    its = cardinity("chargebacks", "--json", "--payment-id", paid.payment_id)
    assert [record["kind"] for record in its.records] == ["chargeback", "rdr"]
    assert name in cardinity("chargebacks").out
    assert name in cardinity("disputes", "list").out
    wrong = cardinity("chargebacks", "--json", "--payment-id", "nope")
    assert (wrong.code, wrong.records[0]["error"]) == (65, "payment_id_format")
    for unknown in ("nope", "\udcff", "a/b"):
        refused = cardinity("disputes", "lift", unknown, "--json")
        assert (refused.code, refused.records[0]["error"]) == (66, "dispute_unknown")


def _stops(cardinity: Cardinity) -> int:
    (record,) = cardinity("disputes", "list", "--json").records
    return int(record["stops"])
