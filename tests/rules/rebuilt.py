"""R10 once more: a ledger that is rebuilt from what is left must not make a charge again, nor call one off."""

from __future__ import annotations

import shutil

from sqlalchemy import insert

from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger.epoch import Pin, remember, remembered
from producers.runtime.ledger.executors import SyncLedger
from tests.archives import upgraded
from tests.rules.crew import Duties, hire
from tests.rules.memory import back_up, restore
from tests.rules.mutants import Ground, Harm, mutant
from tests.rules.world import LEDGER_DB, ORDER, World, a_world
from workers.events.archive.tables import ORDERS
from workers.payments.intent_log import FOLDER
from workers.recovery.diagnosis import diagnose
from workers.recovery.rebuilding import Rebuilding
from workers.recovery.sent import SentBook


async def an_older_copy_is_rebuilt(ground: Ground) -> frozenset[Harm]:
    """The backup has the order unsent, and this host has sent it since."""
    return await _an_older_copy(ground, log_is_there=True)


async def an_older_copy_is_rebuilt_without_a_log(ground: Ground) -> frozenset[Harm]:
    """The same, and the host that has sent it is gone with its log."""
    return await _an_older_copy(ground, log_is_there=False)


async def an_empty_ledger_is_rebuilt(ground: Ground) -> frozenset[Harm]:
    """The archive was told that the order was accepted; the producer asks again."""
    async with a_world(ground) as world:
        world.accept()
        await hire(world, "first").take()
        world.ledger.read("FLUSHDB")
        _rebuild(world, all_hosts=True, told=True)
        world.accept()
        await Duties(world).recover()
        return world.harm()


async def an_empty_ledger_is_rebuilt_without_a_log(ground: Ground) -> frozenset[Harm]:
    """The same, and the host that has sent it is gone with its log."""
    async with a_world(ground) as world:
        world.accept()
        await hire(world, "first").take()
        world.ledger.read("FLUSHDB")
        shutil.rmtree(world.settings.state_dir / FOLDER)
        _rebuild(world, all_hosts=False, told=True)
        world.accept()
        await Duties(world).recover()
        return world.harm()


async def _an_older_copy(ground: Ground, *, log_is_there: bool) -> frozenset[Harm]:
    with EmbeddedValkey(ground.directory / "ledger") as server:
        async with a_world(ground, ledger_url=server.url(LEDGER_DB)) as world:
            world.accept()
            backup = back_up(server, ground.directory)
            await hire(world, "first").take()
            remember(world.settings.state_dir, Pin(world.pin.epoch, 1))
            restore(server, ground.directory, backup)
            if not log_is_there:
                shutil.rmtree(world.settings.state_dir / FOLDER)
            _rebuild(world, all_hosts=log_is_there)
            await Duties(world).recover()
            return world.harm()


def _rebuild(world: World, *, all_hosts: bool, told: bool = False) -> None:
    """As the operator does, and every process starts anew."""
    memory = remembered(world.settings.state_dir)
    assert memory is not None
    world.ledger = SyncLedger(world.redis, "")
    diagnosis = diagnose(world.ledger, memory)
    world.ledger.epoch = diagnosis.epoch
    folder = world.settings.state_dir / FOLDER
    with upgraded(world.settings) as archive, SentBook([folder]) as sent:
        if told:
            with archive.writing() as connection:
                connection.execute(insert(ORDERS).values(_ACCEPTED))
        rebuilding = Rebuilding(world.ledger, archive, sent, diagnosis, window_ms=1500, all_hosts=all_hosts)
        rebuilding.begin(memory)
        rebuilding.restore()
        rebuilding.end(memory)
    world.move_to(world.ledger_url)


_ACCEPTED = {
    "order_id": ORDER,
    "kind": "charge",
    "account": "default",
    "producer": "default",
    "amount_minor": 1000,
    "currency": "EUR",
    "state": "accepted",
    "held": False,
    "accepted_at_ms": 1,
    "changed_at_ms": 1,
}
_DECIDE = "workers/recovery/decide.py"

MUTANTS = (
    mutant(
        "R10",
        "the_copy_is_believed",
        "An older copy's row stays to be charged although a host has logged a later intent.",
        an_older_copy_is_rebuilt,
        Harm.DOUBLE,
        (_DECIDE, "if sent is not None and (row is None or sent.sequence > counted):", "if sent and row is None:"),
    ),
    mutant(
        "R10",
        "intents_are_not_logged",
        "A worker sends without a line in its host's log.",
        an_older_copy_is_rebuilt,
        Harm.DOUBLE,
        ("workers/payments/promise.py", "self._promised(record, sequence, at_ms)", "pass"),
    ),
    mutant(
        "R10",
        "missing_logs_prove_something",
        "What is in no log counts as unsent although a host's log may be missing.",
        an_older_copy_is_rebuilt_without_a_log,
        Harm.DOUBLE,
        (_DECIDE, 'return "keep" if all_logs or row.state not in UNSENT else "park"', 'return "keep"'),
    ),
    mutant(
        "R10",
        "the_log_is_not_read",
        "An order that the archive has as accepted ends as never sent, whatever the logs say.",
        an_empty_ledger_is_rebuilt,
        Harm.GHOST,
        (_DECIDE, "if sent is not None and (row is None or sent.sequence > counted):", "if sent and row is not None:"),
    ),
    mutant(
        "R10",
        "silence_is_proof",
        "An order in no log ends as never sent although logs may be missing.",
        an_empty_ledger_is_rebuilt_without_a_log,
        Harm.GHOST,
        (_DECIDE, 'return "never_sent" if all_logs else "park"', 'return "never_sent"'),
    ),
)
