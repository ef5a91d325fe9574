"""Faults of operation: keys are exchanged under load, with an overlap in which old and new are believed."""

from __future__ import annotations

import json
import random
from pathlib import Path

from producers.vault import KeyFiles, generate_keys
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire

#: Shares of the orders that are done when the exchange begins.
MOMENTS = (0.1, 0.6)


def _rotate_sealing(fire: Fire, rng: random.Random) -> None:
    """New key to the workers, then to the producers, then the old one goes when nothing sealed for it is left."""
    old = KeyFiles(fire.stack.directory / "keys")
    new = generate_keys(fire.stack.directory / "keys-new")
    private = [json.loads(files.seal_private.read_text()) for files in (old, new)]
    both = fire.stack.directory / "keys-new" / "both.private.json"
    _write_private(both, {**private[1], "keys": [*private[1]["keys"], *private[0]["keys"]]})
    fire.await_done(rng.uniform(*MOMENTS))
    fire.crew.env["SEAL_PRIVATE_KEYS_FILE"] = str(both)
    _restart_all(fire)
    fire.stack.env["SEAL_PUBLIC_KEY_FILE"] = str(new.seal_public)
    fire.renew_producers()


def _rotate_signing(fire: Fire, rng: random.Random) -> None:
    """The workers believe both keys, then the producer signs with the new one."""
    old = KeyFiles(fire.stack.directory / "keys")
    new = generate_keys(fire.stack.directory / "signing-new")
    signing, listed = json.loads(old.producer_key.read_text()), json.loads(old.producers.read_text())
    fresh = json.loads(new.producer_key.read_text())["key"]
    listed["producers"][0]["keys"].append(fresh)
    files = [new.directory / "rotated.producers.json", new.directory / "rotated.key"]
    for path, content in zip(files, (listed, {**signing, "key": fresh}), strict=True):
        _write_private(path, content)
    fire.await_done(rng.uniform(*MOMENTS))
    fire.crew.env["PRODUCERS_FILE"] = str(files[0])
    _restart_all(fire)
    fire.stack.env["PRODUCER_KEY_FILE"] = str(files[1])
    fire.renew_producers()


def _restart_all(fire: Fire) -> None:
    for worker in fire.workers():
        fire.restart_worker(worker)


def _write_private(path: Path, content: object) -> None:
    path.touch(0o600)
    path.write_text(json.dumps(content))


#: Both restart everybody with other files; two at once would undo each other.
_ROTATIONS = frozenset({"deploy-rotate-sealing-key", "deploy-rotate-signing-key"})

FAULTS: tuple[Fault, ...] = (
    Fault(
        "deploy-rotate-sealing-key",
        "deploy",
        "cards are sealed for a new key, with an overlap",
        strike=_rotate_sealing,
        excludes=_ROTATIONS,
    ),
    Fault(
        "deploy-rotate-signing-key",
        "deploy",
        "the producer signs with a new key, with an overlap",
        strike=_rotate_signing,
        excludes=_ROTATIONS,
    ),
)
