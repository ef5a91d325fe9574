"""Faults of Redis: a server that is gone, frozen, slow, full, read-only, locked up, emptied, or misunderstood.

What is lost of single words between it and the system is in `lost_words`.
"""

from __future__ import annotations

import random
import shlex
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis

from tests.campaign.catalogue import lost_words
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.campaign.plan import Plan

#: When strikes begin: the share of orders that have an outcome by then.
EARLY, LATE = 0.05, 0.6
#: Milliseconds after which a script makes the server answer BUSY; its default is 5,000.
BUSY_AFTER_MS = 100
#: Microseconds per record that a restarting server is made to take for its file.
LOAD_DELAY_US = 1500
#: Seconds in which workers notice that Redis may forget, and what they sent has arrived; and of silence after that.
NOTICED_S, SILENT_S = 4.0, 2.0
#: Faults that leave nothing to combine with: their files or their server are not the others'.
ALONE = frozenset({"redis", "disk", "clock", "deploy", "process"})
#: Who cannot look at the server for a while notices later than this fault gives them.
SEEN = frozenset({"network", "redis-stall"})

Strike = Callable[[Fire, random.Random], None]


def _killed(seconds: float, times: int = 1) -> Strike:
    """kill -9, and the same server again after a while."""

    def strike(fire: Fire, rng: random.Random) -> None:
        for _ in range(times):
            if not fire.await_done(rng.uniform(EARLY, LATE)):
                return
            with fire.server:
                fire.valkey.kill()
                fire.hit("redis:killed")
                fire.wait(seconds)
                fire.valkey.start()
            fire.wait(0.5)

    return strike


def _frozen(seconds: float) -> Strike:
    """SIGSTOP: connections stay open and nothing is answered."""

    def strike(fire: Fire, rng: random.Random) -> None:
        if fire.await_done(rng.uniform(EARLY, LATE)):
            with fire.server:
                fire.valkey.pause()
                fire.hit("redis:frozen")
                try:
                    fire.wait(seconds)
                finally:
                    fire.valkey.resume()

    return strike


def _told(do: Callable[[redis.Redis], object], undo: Callable[[redis.Redis], object], seconds: float) -> Strike:
    """Something said to the server, and taken back after a while on the same connection."""

    def strike(fire: Fire, rng: random.Random) -> None:
        if fire.await_done(rng.uniform(EARLY, LATE)):
            with fire.server, _admin(fire) as client:
                try:
                    do(client)
                    fire.hit("redis:told")
                    fire.wait(seconds)
                finally:
                    undo(client)

    return strike


def _commands(*commands: str) -> Callable[[redis.Redis], None]:
    def say(client: redis.Redis) -> None:
        for command in commands:
            client.execute_command(*shlex.split(command))

    return say


def _often(command: str, times: int) -> Strike:
    """The same command again and again, over the whole run."""

    def strike(fire: Fire, rng: random.Random) -> None:
        for _ in range(times):
            if not fire.await_done(rng.uniform(0, LATE)):
                return
            with fire.server, _admin(fire) as client:
                client.execute_command(*shlex.split(command))
                fire.hit(f"redis:{command.split()[0].lower()}")
            fire.wait(rng.uniform(0.05, 0.5))

    return strike


def _busy(fire: Fire, rng: random.Random) -> None:
    """A script that does not end, until somebody kills it."""
    if not fire.await_done(rng.uniform(EARLY, LATE)):
        return
    with fire.server, _admin(fire) as client, _admin(fire) as other:
        client.config_set("busy-reply-threshold", BUSY_AFTER_MS)

        def loop() -> None:
            with suppress(redis.RedisError):
                other.eval("while true do end", 0)

        thread = threading.Thread(target=loop)
        thread.start()
        fire.hit("redis:busy")
        fire.wait(2.0)
        fire.until(lambda: _kill_script(client))
        thread.join()


def _kill_script(client: redis.Redis) -> bool:
    with suppress(redis.RedisError):
        client.script_kill()
        return True
    return False


def _forgetful(directive: str, forgets: str, keeps: str) -> Strike:
    """Set to forget: workers must notice, and send nothing until it is mended."""

    def strike(fire: Fire, rng: random.Random) -> None:
        if not fire.await_done(rng.uniform(EARLY, LATE)):
            return
        with fire.server, _admin(fire) as client:
            try:
                client.config_set(directive, forgets)
                fire.hit("redis:forgetful")
                fire.wait(NOTICED_S)
                before = _posts(fire)
                fire.wait(SILENT_S)
                if sent := _posts(fire) - before:
                    fire.wrong(f"{sent} requests were sent while {directive} was {forgets}")
            finally:
                client.config_set(directive, keeps)

    return strike


def _posts(fire: Fire) -> int:
    return sum(row["posts"] for row in fire.stack.charges().values())


def _full(fire: Fire, rng: random.Random) -> None:
    """Not a byte more than there is now."""
    if fire.await_done(rng.uniform(EARLY, LATE)):
        with fire.server, _admin(fire) as client:
            try:
                client.config_set("maxmemory", int(client.info("memory")["used_memory"]) // 2)
                fire.hit("redis:full")
                fire.wait(3.0)
            finally:
                client.config_set("maxmemory", 0)


def _unsaved(fire: Fire, rng: random.Random) -> None:
    """A snapshot that fails makes the server refuse writes with MISCONF: where its file belongs there is a folder."""
    if not fire.await_done(rng.uniform(EARLY, LATE)):
        return
    with fire.server, _admin(fire) as client:
        blocker = Path(str(client.config_get("dir")["dir"]), "dump.rdb", "in-the-way")
        blocker.mkdir(parents=True, exist_ok=True)
        try:
            client.config_set("save", "3600 1")
            client.execute_command("BGSAVE")
            fire.until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err")
            fire.hit("redis:misconf")
            fire.wait(2.0)
        finally:
            client.config_set("save", "")
            blocker.rmdir()
            blocker.parent.rmdir()


def _with_debug(plan: Plan, rng: random.Random) -> None:
    plan.valkey_config["enable-debug-command"] = "local"


def _slow_to_load(plan: Plan, rng: random.Random) -> None:
    plan.valkey_config |= {"key-load-delay": str(LOAD_DELAY_US), "loading-process-events-interval-bytes": "1024"}


def _stalled(fire: Fire, rng: random.Random) -> None:
    """Longer than clients wait for an answer, over connections that stay open."""
    if fire.await_done(rng.uniform(EARLY, LATE)):
        wires = [fire.proxy("redis-queue"), fire.proxy("redis-ledger")]
        for wire in wires:
            wire.stall()
        fire.hit("redis:stalled")
        try:
            fire.wait(6.0)
        finally:
            for wire in wires:
                wire.resume()


def _by_proxies(plan: Plan, rng: random.Random) -> None:
    plan.use_proxies |= {"redis-queue", "redis-ledger"}


@contextmanager
def _admin(fire: Fire) -> Iterator[redis.Redis]:
    """One connection that stays as it was authenticated, whatever the server is told meanwhile."""
    pool = {"single_connection_client": True, "socket_timeout": 30.0, "protocol": 2, "decode_responses": True}
    with redis.Redis.from_url(fire.valkey.url(0), **pool) as client:
        client.ping()
        yield client


_KICK = "CLIENT KILL TYPE normal SKIPME yes"
#: A worker that starts just then refuses a Redis like this, and says why.
_REFUSED = frozenset({"exit:78"})

FAULTS: tuple[Fault, ...] = (
    Fault("redis-kill", "redis", "Redis is killed and back after 1 s", strike=_killed(1.0)),
    Fault("redis-kill-long", "redis", "Redis is killed and back after 5 s", strike=_killed(5.0)),
    Fault("redis-kill-often", "redis", "Redis is killed four times in a row", strike=_killed(0.1, 4)),
    Fault("redis-freeze", "redis", "Redis is frozen for 2 s", strike=_frozen(2.0)),
    Fault("redis-freeze-long", "redis", "Redis is frozen for longer than clients wait", strike=_frozen(6.0)),
    Fault("redis-client-pause", "redis", "Redis pauses every client for 2 s",
          strike=_told(_commands("CLIENT PAUSE 2000 ALL"), _commands("CLIENT UNPAUSE"), 2.0)),
    Fault("redis-write-pause", "redis", "Redis pauses every write for 3 s",
          strike=_told(_commands("CLIENT PAUSE 3000 WRITE"), _commands("CLIENT UNPAUSE"), 3.0)),
    Fault("redis-sleep", "redis", "one command keeps Redis for 2 s", prepare=_with_debug,
          strike=_told(_commands("DEBUG SLEEP 2"), _commands("PING"), 0.0)),
    Fault("redis-busy", "redis", "a script keeps Redis for 2 s: BUSY", strike=_busy),
    Fault("redis-read-only", "redis", "Redis is a replica of nobody for 2 s: READONLY",
          strike=_told(_commands("REPLICAOF 127.0.0.1 1"), _commands("REPLICAOF NO ONE"), 2.0)),
    Fault("redis-loading", "redis", "Redis restarts and loads for a while: LOADING", prepare=_slow_to_load,
          strike=_killed(0.0)),
    Fault("redis-misconf", "redis", "Redis cannot save and refuses writes for 2 s: MISCONF", strike=_unsaved),
    Fault("redis-full", "redis", "Redis is at its memory limit for 3 s: OOM", strike=_full),
    Fault("redis-evicting-policy", "redis", "Redis is set to evict, memory lasts: nothing may be sent meanwhile",
          strike=_forgetful("maxmemory-policy", "allkeys-lru", "noeviction"), excludes=SEEN, allows=_REFUSED),
    Fault("redis-everysec", "redis", "Redis is set to sync once a second: nothing may be sent meanwhile",
          strike=_forgetful("appendfsync", "everysec", "always"), excludes=SEEN,
          allows=_REFUSED),
    Fault("redis-queue-lost", "redis", "FLUSHDB of the queue, twice", strike=_often("FLUSHDB", 2)),
    Fault("redis-flushall", "redis", "FLUSHALL: the ledger is gone", strike=_often("FLUSHALL", 1),
          expects="lockdown", excludes=ALONE),
    Fault("redis-noauth", "redis", "Redis asks for a password nobody has, for 2 s: NOAUTH",
          strike=_told(_commands("CONFIG SET requirepass unheard-of", _KICK), _commands("CONFIG SET requirepass ''"),
                       2.0)),
    Fault("redis-noperm", "redis", "nobody may run scripts for 2 s: NOPERM",
          strike=_told(_commands("ACL SETUSER default -@scripting"), _commands("ACL SETUSER default +@all"), 2.0)),
    Fault("redis-script-flush", "redis", "Redis forgets every script, ten times", strike=_often("SCRIPT FLUSH", 10)),
    Fault("redis-clients-killed", "redis", "Redis ends every connection, ten times", strike=_often(_KICK, 10)),
    Fault("redis-rewrite", "redis", "Redis rewrites its file under load, three times",
          strike=_often("BGREWRITEAOF", 3)),
    Fault("redis-stall", "redis", "Redis does not answer for longer than clients wait, connections open",
          prepare=_by_proxies, strike=_stalled),
    *lost_words.FAULTS,
)  # fmt: skip
