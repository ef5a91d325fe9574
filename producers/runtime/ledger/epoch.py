"""Which ledger this is. The marker lives in Redis, the memory of it in a small file beside the process.

FLUSHALL, a restored backup, an empty replica that was promoted: each would let old orders be charged again. So every
script compares the marker with the pinned one, and the count of intents must never be below what was seen before. A
ledger that was rebuilt has a marker of its own, and names those whose place it takes.

Only what every replica has is remembered: a failover may undo the rest, and whoever remembered it would take the new
primary for an old copy.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import redis

from producers.errors import LedgerLockdown, LedgerUnavailable, OrderUnknown
from producers.runtime.ledger.failures import translate
from producers.runtime.ledger.scripts import NAMESPACE, script

_FILE = "ledger.json"


@dataclass(frozen=True, slots=True)
class Pin:
    """The remembered ledger: its epoch, and how many intents it had counted when last seen."""

    epoch: str
    sequence: int = 0


def remembered(state_dir: Path) -> Pin | None:
    """The pin written by an earlier process, if there is one."""
    try:
        content = json.loads((state_dir / _FILE).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return Pin(content["epoch"], content["sequence"])


def remember(state_dir: Path, pin: Pin) -> None:
    """Write the pin so that a crash leaves the old or the new one."""
    state_dir.mkdir(parents=True, exist_ok=True)
    draft = state_dir / f"{_FILE}.{os.getpid()}"
    draft.write_text(json.dumps({"epoch": pin.epoch, "sequence": pin.sequence}), "utf-8")
    draft.replace(state_dir / _FILE)


def pin_ledger(client: redis.Redis, state_dir: Path, *, replicas: int = 0, replicas_wait_ms: int = 1000) -> Pin:
    """Found a ledger that was never used, or check that this is the remembered one.

    Raises:
        LedgerLockdown: the marker is missing or changed, or intents were counted that this ledger does not know.
        LedgerUnavailable: Redis does not answer or takes no writes, or the folder cannot keep which ledger this is.
    """
    try:
        return _pinned(client, state_dir, replicas, replicas_wait_ms)
    except OSError as error:
        message = f"STATE_DIR must keep which ledger this is, and cannot: {error.strerror or error}"
        raise LedgerUnavailable(message, ambiguous=False) from None


def _pinned(client: redis.Redis, state_dir: Path, replicas: int, replicas_wait_ms: int) -> Pin:
    memory = remembered(state_dir)
    candidate = memory.epoch if memory else secrets.token_hex(16)
    with client.pipeline(transaction=False) as commands:
        commands.eval(script("found").source, 1, NAMESPACE, candidate, "1" if memory else "0")
        if replicas:
            commands.execute_command("WAIT", replicas, replicas_wait_ms)
        try:
            reply, *confirmed = commands.execute()
        except redis.RedisError as error:
            raise translate(error) from None
    if reply[0] == b"lockdown":
        raise LedgerLockdown(reply[1].decode() or None)
    pin = Pin(reply[1].decode(), int(reply[2]))
    known = reply[0] == b"heir" or memory is None or memory.epoch == pin.epoch
    if not known or (memory and memory.sequence > pin.sequence):
        raise LedgerLockdown(pin.epoch)
    if sum(confirmed) < replicas:
        return memory or Pin(pin.epoch)
    remember(state_dir, pin)
    return pin


def missing(
    order_id: str, epoch: str, found: bytes | None, unknown: type[OrderUnknown] = OrderUnknown
) -> LedgerLockdown | OrderUnknown:
    """What it means that there is no row of that order, by the marker that was read after it: a ledger that has
    forgotten everything does not know that there is no such order."""
    if found == epoch.encode():
        return unknown(order_id)
    return LedgerLockdown(found.decode() if found else None)
