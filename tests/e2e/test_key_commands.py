"""The life of a key by the command line, under a worker that is never restarted; its end reaches into old copies."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from cardinity_client import CreatePayment
from producers.contract.card_fields import Mode
from producers.contract.envelope import OpeningKeys, ProducerRegistry
from producers.contract.key_formats import read_opening_keys
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger.record import Record
from producers.vault import load_opening_keys, load_producers
from tests.commands import Commands, run
from tests.nursery import shared
from tests.stack import CARD, ROOT, Stack
from workers.payments.checks import Checks, NotHere

MODE: Mode = "test"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A system without workers."""
    with Stack(tmp_path) as stack:
        yield stack


def _charge(stack: Stack, order_id: str) -> None:
    with stack.enqueuer() as enqueuer:
        enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", **CARD)


def _approved(stack: Stack, order_id: str) -> None:
    with stack.enqueuer() as enqueuer:
        assert enqueuer.wait(order_id, timeout_s=30).state == "approved"


def _keys(stack: Stack, *words: str) -> tuple[int, list[dict[str, Any]]]:
    ran = Commands(shared(), stack.directory).run("keys", *words, "--json", env=stack.env, cwd=ROOT)
    return ran.code, ran.records


def _row(directory: Path) -> Record:
    """The order as a copy of the server's files has it."""
    with EmbeddedValkey(directory) as copy, redis.Redis.from_url(copy.url(1)) as client:
        fields: Any = client.hgetall("pay:order:ORD-1")
    return Record("ORD-1", {name.decode(): value for name, value in fields.items()})


def test_a_destroyed_key_opens_no_old_copy(stack: Stack, tmp_path: Path) -> None:
    """A card with its CVC that was copied off the disk while it was there is rubbish once its key is destroyed."""
    _charge(stack, "ORD-1")
    stack.valkey.pause()
    shutil.copytree(tmp_path / "valkey", tmp_path / "stolen")
    stack.valkey.resume()
    private = Path(stack.env["SEAL_PRIVATE_KEYS_FILE"])
    before: OpeningKeys = read_opening_keys(private.read_text())
    (old,) = before.kids

    assert _keys(stack, "destroy", old)[1][-1]["error"] == "key_not_retired"
    assert _keys(stack, "rotate", "--dry-run")[1] == [{"kid": "", "before": old, "done": False}]
    assert _keys(stack, "rotate")[0] == 0
    assert _keys(stack, "retire", old)[1] == [{"kid": old, "orders": 1, "done": True}]
    code, told = _keys(stack, "destroy", old)
    assert (code, told[-1]["error"]) == (75, "key_needed")

    stack.worker()
    _approved(stack, "ORD-1")
    assert _keys(stack, "destroy", "--dry-run", old)[1] == [{"kid": old, "done": False}]
    assert _keys(stack, "destroy", old)[1] == [{"kid": old, "done": True}]
    _charge(stack, "ORD-2")
    _approved(stack, "ORD-2")
    (left,) = _keys(stack, "list")[1]
    assert (left["state"], left["orders"]) == ("active", 0)

    row = _row(tmp_path / "stolen")
    producers: ProducerRegistry = load_producers(Path(stack.env["PRODUCERS_FILE"]))
    assert isinstance(Checks(before, producers, mode=MODE).open(row), CreatePayment)
    with pytest.raises(NotHere) as caught:
        Checks(load_opening_keys(private), producers, mode=MODE).open(row)
    assert caught.value.code == "key_unknown"


def test_every_step_is_in_the_audit_trail(stack: Stack) -> None:
    """With the key's id; a dry run is no step."""
    _charge(stack, "ORD-1")
    (kid,) = load_opening_keys(Path(stack.env["SEAL_PRIVATE_KEYS_FILE"])).kids
    for words in (("rotate", "--dry-run"), ("rotate",), ("retire", kid)):
        assert _keys(stack, *words)[0] == 0
    told = run(stack, "audit", "list")
    assert [(line["action"], line["subject"] == kid) for line in told] == [("key.retire", True), ("key.rotate", False)]
