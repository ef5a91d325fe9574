"""R10 and R11: a ledger that has forgotten charges again, so it must not forget, and must be known when it did."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from producers.contract import states
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger.epoch import remembered
from producers.runtime.ledger.retire_calls import retire
from tests.rules.crew import Duties, hire
from tests.rules.mutants import Ground, Harm, mutant
from tests.rules.world import LEDGER_DB, World, a_world
from workers.duties.presence import Presence


async def the_ledger_is_flushed(ground: Ground) -> frozenset[Harm]:
    """FLUSHALL under running processes; the producer repeats its call, as it may."""
    async with a_world(ground) as world:
        world.accept()
        await hire(world, "first").take()
        world.ledger.read("FLUSHDB")
        world.accept()
        await Duties(world).recover()
        return world.harm()


async def the_ledger_is_flushed_while_all_is_down(ground: Ground) -> frozenset[Harm]:
    """The same, and every process starts anew before it looks."""
    async with a_world(ground) as world:
        world.accept()
        await hire(world, "first").take()
        world.ledger.read("FLUSHDB")
        world.move_to(world.ledger_url)
        world.accept()
        await Duties(world).recover()
        return world.harm()


async def a_backup_is_restored(ground: Ground) -> frozenset[Harm]:
    """The server comes back with the file of before the intent, and every process starts anew."""
    with EmbeddedValkey(ground.directory / "ledger") as server:
        async with a_world(ground, ledger_url=server.url(LEDGER_DB)) as world:
            world.accept()
            backup = back_up(server, ground.directory)
            await hire(world, "first").take()
            await _remember_what_was_sent(world)
            restore(server, ground.directory, backup)
            world.move_to(world.ledger_url)
            await Duties(world).recover()
            return world.harm()


async def a_backup_is_restored_under_a_running_worker(ground: Ground) -> frozenset[Harm]:
    """The same, but the worker that has sent the order goes on as if nothing had happened."""
    with EmbeddedValkey(ground.directory / "ledger") as server:
        async with a_world(ground, ledger_url=server.url(LEDGER_DB)) as world:
            world.accept()
            backup = back_up(server, ground.directory)
            worker = hire(world, "first")
            await worker.take()
            restore(server, ground.directory, backup)
            world.halted = True
            # The first read shows that the mirror sees, the second brings credits.
            await Duties(world).scan(2)
            await worker.take()
            return world.harm()


async def a_producer_asks_again_much_later(ground: Ground) -> frozenset[Harm]:
    """All that may expire in the ledger has expired, and the same call comes once more."""
    async with a_world(ground) as world:
        world.accept()
        await hire(world, "first").take()
        assert world.record().state == states.APPROVED
        for key in world.ledger.read("KEYS", "pay:order:*"):
            if world.ledger.read("PTTL", key) >= 0:
                world.ledger.read("DEL", key)
        world.accept()
        await Duties(world).recover()
        return world.harm()


async def it_is_asked_for_again_after_it_has_left(ground: Ground) -> frozenset[Harm]:
    """The order has ended and leaves the ledger; all that may expire has expired, and the same call comes once more."""
    async with a_world(ground) as world:
        world.accept()
        await hire(world, "first").take()
        world.listen()
        assert world.ledger.run(retire(world.record(), kept_ms=0)) == "retired"
        for key in world.ledger.read("KEYS", "pay:gone:*"):
            if world.ledger.read("PTTL", key) >= 0:
                world.ledger.read("DEL", key)
        world.accept()
        await Duties(world).recover()
        return world.harm()


def back_up(server: EmbeddedValkey, directory: Path) -> Path:
    """A copy of the server's files as they are."""
    server.stop()
    backup = shutil.copytree(directory / "ledger", directory / "backup")
    server.start()
    return backup


def restore(server: EmbeddedValkey, directory: Path, backup: Path) -> None:
    """The server comes back with those files."""
    server.stop()
    shutil.rmtree(directory / "ledger")
    shutil.copytree(backup, directory / "ledger")
    server.start()


async def _remember_what_was_sent(world: World) -> None:
    presence = Presence(
        "first", world.executor(), world.pin, world.settings.state_dir, presence_s=0.02, on_trouble=lambda *_: None
    )
    task = asyncio.create_task(presence.run())
    await world.until(lambda: (remembered(world.settings.state_dir) or world.pin).sequence > 0, "a remembered intent")
    task.cancel()


_LUA = "producers/runtime/ledger/lua"

MUTANTS = (
    mutant(
        "R10",
        "epoch_is_not_compared",
        "Scripts run on whatever ledger answers.",
        the_ledger_is_flushed,
        Harm.DOUBLE,
        (f"{_LUA}/prelude.lua", "if epoch == ARGV[1] then return nil end", "if ARGV[1] then return nil end"),
    ),
    mutant(
        "R10",
        "an_empty_ledger_is_founded_anew",
        "A process that remembers a ledger takes an empty one for it.",
        the_ledger_is_flushed_while_all_is_down,
        Harm.DOUBLE,
        (f"{_LUA}/found.lua", "if ARGV[2] == '1' or redis.call('EXISTS', STATS) == 1 then", "if not ARGV[2] then"),
    ),
    mutant(
        "R10",
        "intents_are_not_counted",
        "A ledger with the right epoch is believed although it knows of fewer intents than were made.",
        a_backup_is_restored,
        Harm.DOUBLE,
        (
            "producers/runtime/ledger/epoch.py",
            "if not known or (memory and memory.sequence > pin.sequence):",
            "if not known:",
        ),
    ),
    mutant(
        "R10",
        "only_the_boot_counts",
        "A running worker goes on although the ledger has forgotten intents that were granted to it.",
        a_backup_is_restored_under_a_running_worker,
        Harm.DOUBLE,
        (
            f"{_LUA}/intent.lua",
            "if tonumber(intents) < tonumber(ARGV[6]) then",
            "if tonumber(ARGV[6]) < 0 then",
        ),
    ),
    mutant(
        "R11",
        "records_expire",
        "A finished order is forgotten after 90 days.",
        a_producer_asks_again_much_later,
        Harm.DOUBLE,
        (
            f"{_LUA}/settle.lua",
            "if #rows == 0 then return",
            "redis.call('EXPIRE', order_key(id), 7776000) if #rows == 0 then return",
        ),
    ),
    mutant(
        "R11",
        "accepting_starts_over",
        "Accepting an order that is there makes it a new one.",
        a_producer_asks_again_much_later,
        Harm.DOUBLE,
        (
            f"{_LUA}/accept.lua",
            "if redis.call('EXISTS', order_key(id)) == 1 then",
            "redis.call('DEL', order_key(id)) if redis.call('EXISTS', order_key(id)) == 1 then",
        ),
    ),
    mutant(
        "R11",
        "nothing_is_left",
        "An order that leaves the ledger leaves no tombstone.",
        it_is_asked_for_again_after_it_has_left,
        Harm.DOUBLE,
        (f"{_LUA}/retire.lua", "if redis.call('HSETNX', bucket, field, stone) == 0 and", "if false and"),
    ),
    mutant(
        "R11",
        "tombstones_expire",
        "A tombstone is forgotten after 90 days.",
        it_is_asked_for_again_after_it_has_left,
        Harm.DOUBLE,
        (
            f"{_LUA}/retire.lua",
            "redis.call('DEL', key, seen_key(id), NS .. ':answers:' .. id)",
            "redis.call('EXPIRE', bucket, 7776000) redis.call('DEL', key, seen_key(id), NS .. ':answers:' .. id)",
        ),
    ),
    mutant(
        "R11",
        "accepting_looks_at_rows_alone",
        "An order of which only a tombstone is left is accepted as a new one.",
        it_is_asked_for_again_after_it_has_left,
        Harm.DOUBLE,
        (f"{_LUA}/accept.lua", "if stone then", "if stone == '' then"),
    ),
)
