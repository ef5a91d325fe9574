"""What is held of a customer, shown and erased by the command line, as an operator has it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import update

from producers.runtime.archive.database import Archive
from producers.runtime.ledger import keys
from tests.commands import run
from tests.house.documents import fenced
from tests.stack import CARD, PATIENT, Stack
from workers.events.archive.tables import ORDERS

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole system in which somebody has paid."""
    with Stack(tmp_path_factory.mktemp("gdpr"), settings=PATIENT) as stack:
        stack.worker()
        with stack.enqueuer() as enqueuer:
            charge = {"amount": "10.00", "currency": "EUR", "country": "LT", **CARD}
            enqueuer.charge(order_id="ORD-1", customer="anna-7", **charge)
            assert enqueuer.wait("ORD-1", timeout_s=30).state == "approved"
        yield stack


@pytest.mark.timeout(300)
def test_a_customer_is_shown_and_then_erased(stack: Stack, tmp_path: Path) -> None:
    """Not at once: first a key is missing, then the order is too young, then the stream still has it."""
    run(stack, "archive", "upgrade")
    run(stack, "archive", "run", "--once")
    assert run(stack, "gdpr", "erase", "anna-7", code=78)[-1]["error"] == "pseudonym_key_missing"
    run(stack, "gdpr", "key", str(tmp_path / "pseudonyms.key"))
    stack.env["PSEUDONYM_KEY_FILE"] = str(tmp_path / "pseudonyms.key")
    file = tmp_path / "anna.jsonl"
    assert run(stack, "gdpr", "export", "anna-7", str(file))[0]["records"] == 5
    held = [json.loads(line)["held_in"] for line in file.read_text().splitlines()]
    assert (sorted(held), file.stat().st_mode & 0o777) == (
        ["events", "events", "ledger", "order_attempts", "orders"], 0o600,
    )  # fmt: skip
    assert run(stack, "gdpr", "erase", "anna-7", code=75)[-1]["error"] == "erase_order_young"
    _grown_old(stack)
    looked = run(stack, "gdpr", "erase", "anna-7", "--dry-run")
    assert {each["searched"] for each in looked[:-1] if each["before"]} == {
        "archive.orders", "archive.events", "ledger.pay:order:*", "ledger.pay:events",
    }  # fmt: skip
    assert run(stack, "gdpr", "erase", "anna-7", code=75)[-1]["error"] == "erase_unfinished"
    with redis.Redis.from_url(stack.env["REDIS_LEDGER_URL"]) as client:
        client.xtrim(keys.EVENTS, maxlen=0, approximate=False)
    gone = run(stack, "gdpr", "erase", "anna-7")
    assert (gone[-1]["left"], {each["after"] for each in gone[:-1]}) == (0, {0})
    told = run(stack, "audit", "list")
    assert [line["action"] for line in told][:3] == ["customer.erase", "customer.erase", "customer.export"]
    assert len({line["subject"] for line in told[:3]}) == 1 and "anna" not in json.dumps(told)
    with stack.enqueuer() as enqueuer:
        assert enqueuer.get("ORD-1").state == "approved"


def test_what_is_over_its_time_is_said_and_done(stack: Stack) -> None:
    """By hand, as the archive's process does it."""
    run(stack, "archive", "upgrade")
    (looked,) = run(stack, "archive", "retain", "--dry-run")
    (done,) = run(stack, "archive", "retain")
    assert (looked.pop("dry_run"), done.pop("dry_run")) == (True, False)
    assert looked == done and set(done.values()) == {0}


def test_the_commands_of_the_document_succeed(stack: Stack) -> None:
    """In order, for a customer of whom there is nothing."""
    run(stack, "archive", "upgrade")
    stack.env["PSEUDONYM_KEY_FILE"] = str(stack.directory / "pseudonyms.key")
    (block,) = fenced("docs/privacy.md", "sh")
    for line in block.splitlines():
        run(stack, *shlex.split(line, comments=True)[1:])


def _grown_old(stack: Stack) -> None:
    """As if nine days had gone by."""
    with redis.Redis.from_url(stack.env["REDIS_LEDGER_URL"]) as client:
        since = int(client.hget(keys.order("ORD-1"), "since") or 0)
        client.hset(keys.order("ORD-1"), "since", str(since - 9 * DAY_MS))
    with Archive(stack.settings()) as archive, archive.writing() as connection:
        connection.execute(update(ORDERS).values(ended_at_ms=ORDERS.c.ended_at_ms - 9 * DAY_MS))
