"""A whole system with risk rules, and what tests of it ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import redis

from producers.contract import states
from producers.enqueue import Enqueuer
from producers.runtime.ledger import keys, risk_calls
from tests.commands import Commands
from tests.eventually import eventually
from tests.nursery import shared
from tests.stack import CARD, ROOT, Stack
from workers.risk.identity import write_key

CHARGE: dict[str, Any] = {"amount": "10.00", "currency": "EUR", "country": "LT", **CARD}
#: Published test cards.
PANS = ("4111111111111111", "5555555555554444", "4200000000000000", "4222222222222")


def risk_settings(directory: Path, rules: str, countries: str = "") -> dict[str, str]:
    """The settings of a system with these rules."""
    directory.mkdir(parents=True, exist_ok=True)
    rules_file, key_file, geoip_file = (directory / name for name in ("risk.toml", "card-id.json", "countries.csv"))
    rules_file.write_text(rules)
    write_key(key_file, "k1")
    geoip_file.write_text(countries)
    made = {"RISK_FILE": str(rules_file), "CARD_ID_KEY_FILE": str(key_file)}
    return {**made, "GEOIP_FILE": str(geoip_file)} if countries else made


def learnt(stack: Stack) -> None:
    """Wait until the counters know what became of all orders so far; of what is told meanwhile they may know too."""
    with redis.Redis.from_url(stack.valkey.url(1)) as client:
        ((newest, _),) = client.xrevrange(keys.EVENTS, "+", "-", count=1)
        eventually(lambda: _place(client.get(risk_calls.LEARNT) or b"0-0") >= _place(newest), "everything is learnt")


def _place(position: bytes) -> tuple[int, ...]:
    """Where it is on the stream: as numbers, for as text 9 is behind 10."""
    return tuple(map(int, position.split(b"-")))


def reviewed(stack: Stack, order_id: str) -> None:
    """Wait until the order waits for somebody to decide."""
    with redis.Redis.from_url(stack.valkey.url(1)) as client:
        eventually(
            lambda: (
                client.hget(risk_calls.order(order_id), "review") == b"waiting"
                and client.hget(keys.order(order_id), "state") == states.ACCEPTED.encode()
            ),
            f"{order_id} waits",
        )


def row(stack: Stack, order_id: str) -> dict[str, str]:
    """The order's row but its envelope."""
    with redis.Redis.from_url(stack.valkey.url(1)) as client:
        found = client.hgetall(keys.order(order_id))
    return {name.decode(): value.decode() for name, value in found.items() if name != b"envelope"}


def charge(enqueuer: Enqueuer, order_id: str, **fields: Any) -> None:
    """Accept an order of 10.00 EUR, or another."""
    enqueuer.charge(order_id=order_id, **{**CHARGE, **fields})


def cli(stack: Stack, *words: str) -> tuple[int, list[dict[str, Any]]]:
    """Run a command in the system's environment; its exit code and JSON lines."""
    done = Commands(shared(), stack.directory).run(*words, "--json", env=stack.env, cwd=ROOT)
    return done.code, done.records
