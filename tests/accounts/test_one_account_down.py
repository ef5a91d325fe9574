"""One of two accounts sends nothing: what may go elsewhere goes, what may not waits, and nothing is used up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from producers.contract import states
from producers.enqueue import Enqueuer
from producers.runtime.ledger import keys
from producers.runtime.ledger.record import Record, record_from
from tests.accounts.stack import FIRST, KEY, SECOND, TwoAccounts
from tests.eventually import eventually
from tests.stack import CARD
from workers.cli.checkup import of_accounts, of_gateway


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[TwoAccounts]:
    """Both accounts at work, with one worker."""
    with TwoAccounts(tmp_path) as stack:
        stack.worker()
        yield stack


@pytest.fixture
def shop(stack: TwoAccounts) -> Iterator[Enqueuer]:
    with stack.enqueuer() as shop:
        for account in (FIRST, SECOND):
            charge(shop, f"WARM-{account}", account=account)
            shop.wait(f"WARM-{account}", timeout_s=60)
        yield shop


def charge(shop: Enqueuer, order_id: str, **fields: str) -> None:
    """Accept an order of 10.00 EUR."""
    shop.charge(**{"order_id": order_id, "amount": "10.00", "currency": "EUR", "country": "LT", **CARD, **fields})


def record(stack: TwoAccounts, order_id: str) -> Record:
    """The order's row."""
    with redis.Redis.from_url(stack.valkey.url(1), protocol=2) as client:
        return record_from(order_id, client.hgetall(keys.order(order_id)))


def told(stack: TwoAccounts, event: str) -> list[dict[str, str]]:
    """The lines of all logs that say so."""
    # A line that is being written is told of once it is whole.
    whole = (log.read_text().rpartition("\n")[0] for log in stack.directory.glob("[0-9]*.log"))
    lines = [line for text in whole for line in text.splitlines()]
    return [json.loads(line) for line in lines if f'"event":"{event}"' in line]


def given_back(stack: TwoAccounts, order_id: str) -> list[str]:
    """Why it was given back, each time."""
    return [line.detail for line in record(stack, order_id).history[1:] if line.state == states.ACCEPTED]


def test_an_order_that_names_none_moves_on(stack: TwoAccounts, shop: Enqueuer) -> None:
    """The first account cannot be reached; the second one charges, once, and the row says so."""
    stack.doors[FIRST].shut()
    charge(shop, "ORD-1")
    order = shop.wait("ORD-1", timeout_s=60)
    assert (order.state, order.account) == (states.APPROVED, SECOND)
    assert record(stack, "ORD-1").account == "default"
    assert "ORD-1" not in stack.books()[FIRST]


def test_an_order_that_names_its_account_waits_and_uses_nothing_up(stack: TwoAccounts, shop: Enqueuer) -> None:
    """However often it is given back; once the account is there again it is charged there."""
    stack.doors[FIRST].shut()
    charge(shop, "ORD-1", account=FIRST)
    eventually(lambda: record(stack, "ORD-1").number("wakes") > 5, "it was given back more often than claims may burn")
    assert record(stack, "ORD-1").number("claims") <= 1
    stack.doors[FIRST].open()
    assert shop.wait("ORD-1", timeout_s=60).account == FIRST


def test_a_refused_key_pauses_its_account_until_the_secret_is_there(stack: TwoAccounts, shop: Enqueuer) -> None:
    """One event names the key; the order is posted once in vain and once to its end; the other account goes on."""
    stack.rotate(FIRST, "another-secret")
    charge(shop, "ORD-1", account=FIRST)
    eventually(lambda: told(stack, "account_paused"), "the account is paused")
    charge(shop, "ORD-2")
    assert shop.wait("ORD-2", timeout_s=60).account == SECOND
    assert shop.get("ORD-1").state == states.ACCEPTED
    stack.write_secret(FIRST, "another-secret")
    assert shop.wait("ORD-1", timeout_s=60).state == states.APPROVED
    ((pause,), (resumed,)) = told(stack, "account_paused"), told(stack, "account_resumed")
    assert (pause["account"], pause["reason"], pause["kid"]) == (FIRST, "http_401", KEY)
    assert resumed["account"] == FIRST
    assert stack.books()[FIRST]["ORD-1"] == {"posts": 2, "approved": 1, "declined": 0}
    assert record(stack, "ORD-1").number("claims") <= 1


def test_an_order_that_was_refused_for_its_key_stays_with_its_account(stack: TwoAccounts, shop: Enqueuer) -> None:
    """Its request has left: it goes nowhere else, although the rule would let it."""
    stack.rotate(FIRST, "another-secret")
    charge(shop, "ORD-1")
    eventually(lambda: told(stack, "account_paused"), "the account is paused")
    eventually(lambda: record(stack, "ORD-1").state == states.ACCEPTED, "it was given back")
    assert record(stack, "ORD-1").lane == FIRST
    stack.write_secret(FIRST, "another-secret")
    assert shop.wait("ORD-1", timeout_s=60).account == FIRST
    assert "ORD-1" not in stack.books()[SECOND]


def test_a_broken_gateway_is_tried_by_a_read(stack: TwoAccounts, shop: Enqueuer) -> None:
    """Behind an open breaker orders wait unsent; the gateway's books show no post that was only a trial."""
    # Reads fail too, or one of them closes the breaker before the order has met it.
    stack.of(FIRST, "faults", [{"fault": fault, "rate": 1.0} for fault in ("http_503_before", "list_500")])
    for number in range(3):
        charge(shop, f"LOST-{number}", account=FIRST)
        eventually(lambda name=f"LOST-{number}": shop.get(name).state == states.UNKNOWN, "it is unknown")  # type: ignore[misc]
    charge(shop, "ORD-1", account=FIRST)
    eventually(lambda: "breaker_open" in given_back(stack, "ORD-1"), "the breaker is open")
    stack.of(FIRST, "faults", [])
    assert shop.wait("ORD-1", timeout_s=60).state == states.APPROVED
    assert stack.books()[FIRST]["ORD-1"]["posts"] == 1
    assert record(stack, "ORD-1").number("claims") <= 1


def test_doctor_names_the_account_that_is_wrong(stack: TwoAccounts, shop: Enqueuer) -> None:
    """Its key and secret by where they stand; the other account is well."""
    stack.rotate(FIRST, "another-secret")
    found = {finding.check: finding for finding in of_gateway(stack.settings())}
    assert (found[f"gateway {FIRST}"].verdict, found[f"gateway {SECOND}"].verdict) == ("wrong", "ok")
    assert f"accounts.{FIRST}.consumer_secret_file" in found[f"gateway {FIRST}"].mend


def test_doctor_names_an_account_that_was_taken_off_the_list(stack: TwoAccounts, shop: Enqueuer) -> None:
    """While money may be there, somebody must go on looking."""
    # Nor is its list read, so nothing is proven of the order while it is looked at.
    stack.of(FIRST, "faults", [{"fault": fault, "rate": 1.0} for fault in ("reset_before", "list_500")])
    charge(shop, "ORD-1", account=FIRST)
    eventually(lambda: shop.get("ORD-1").state == states.UNKNOWN, "it is unknown")
    settings = stack.settings()
    assert [finding.verdict for finding in of_accounts(settings)] == ["ok"]
    without = replace(settings, merchants=tuple(each for each in settings.merchants if each.name != FIRST))
    ok, wrong = of_accounts(without)
    assert (ok.verdict, wrong.verdict) == ("ok", "wrong")
    assert f"1 orders wait for what account {FIRST} says" in wrong.message
