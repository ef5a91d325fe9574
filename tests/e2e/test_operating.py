"""An operator at the command line: pauses that hold, breakers that are closed, messages in quarantine, one screen."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import redis

from producers.runtime.ledger import keys
from tests.commands import Commands, Ran
from tests.eventually import awaited, eventually
from tests.stack import CARD, PATIENT, ROOT, Stack

Cardinity = Callable[..., Ran]

#: A breaker opens at the second failure, and no read closes it while a test looks.
SETTINGS = {"BREAKER_FAILURES": "2", "BREAKER_RESET_S": "600"}
#: Seconds that a test watches that nothing happens.
STILL_S = 2.0


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A system with one worker."""
    with Stack(tmp_path_factory.mktemp("operating"), settings=PATIENT) as stack:
        worker(stack, 1)
        yield stack


@pytest.fixture
def cardinity(stack: Stack, commands: Commands) -> Cardinity:
    """The command line."""
    return lambda *arguments: commands.run(*arguments, env=stack.env, cwd=ROOT)


def worker(stack: Stack, number: int) -> None:
    """One more, once the ledger knows it."""
    stack.worker()
    with redis.Redis.from_url(stack.valkey.url(1)) as ledger:
        eventually(lambda: ledger.zcard(keys.WORKERS) >= number, "the worker is there")


def charge(stack: Stack, order_id: str) -> None:
    with stack.enqueuer() as enqueuer:
        enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", **CARD)


def state(stack: Stack, order_id: str) -> str:
    with stack.enqueuer() as enqueuer:
        return enqueuer.get(order_id).state


def approved(stack: Stack, order_id: str) -> bool:
    with stack.enqueuer() as enqueuer:
        return enqueuer.wait(order_id, timeout_s=30).state == "approved"


def heeded(stack: Stack) -> int:
    """How many workers have said that they heed the pause of the account."""
    return sum('"names":["default"]' in log.read_text() for log in stack.directory.glob("*.log"))


def actions(cardinity: Cardinity) -> list[str]:
    """What the audit trail tells, newest first."""
    return [line["action"] for line in cardinity("audit", "list", "--json").records]


def test_a_paused_queue_is_left_alone_by_every_worker(stack: Stack, cardinity: Cardinity) -> None:
    """By those that run and by one that starts; resumed, what waited is charged, once."""
    paused = cardinity("queue", "drain", "payments", "--because", "deploy 4711", "--json")
    assert (paused.code, paused.records[0]["done"], paused.records[0]["taken"]) == (0, "drained", 0)
    charge(stack, "QUE-1")
    worker(stack, 2)
    assert not awaited(lambda: state(stack, "QUE-1") != "accepted", within_s=STILL_S)
    status = cardinity("status")
    assert "deploy 4711" in status.out and "PAUSED" in status.out
    assert cardinity("queue", "depth", "--json").records[0]["waiting"] == 1
    assert "queue payments is paused" in cardinity("explain", "QUE-1").out
    assert cardinity("queue", "resume", "payments").code == 0
    assert approved(stack, "QUE-1")
    assert stack.charges()["QUE-1"]["approved"] == 1
    assert actions(cardinity)[:2] == ["queue.resume", "queue.pause"]


def test_a_paused_account_sends_nothing(stack: Stack, cardinity: Cardinity) -> None:
    """Its orders stay accepted and say why; resumed, they are charged."""
    assert cardinity("account", "pause", "default", "--because", "limits").code == 0
    eventually(lambda: cardinity("status", "--json").records[0]["accounts"][0]["paused"], "it is told")
    workers = len(cardinity("status", "--json").records[0]["workers"])
    eventually(lambda: heeded(stack) == workers, "every worker has heard of it")
    charge(stack, "ACC-1")
    eventually(lambda: "account_paused" in cardinity("explain", "ACC-1").out, "it was turned away")
    assert (state(stack, "ACC-1"), "ACC-1" in stack.charges()) == ("accepted", False)
    assert "account default is paused" in cardinity("explain", "ACC-1").out
    assert cardinity("account", "resume", "default").code == 0
    assert approved(stack, "ACC-1")


def test_a_rehearsal_changes_nothing(stack: Stack, cardinity: Cardinity) -> None:
    """Neither the word nor the audit trail; what is wrong is told all the same."""
    before = actions(cardinity)
    assert "nothing was changed" in cardinity("account", "pause", "default", "--dry-run").out
    assert cardinity("queue", "pause", "payments_batch", "--dry-run").code == 0
    assert cardinity("breaker", "reset", "default", "--dry-run").code == 0
    assert cardinity("account", "pause", "nobody", "--dry-run").code == 66
    with redis.Redis.from_url(stack.valkey.url(1)) as ledger:
        assert not ledger.hexists(keys.OPERATIONS, "account:default")
    assert actions(cardinity) == before


def test_an_operator_closes_a_breaker(tmp_path: Any, commands: Commands) -> None:
    """It is seen where it is open; reset, orders are sent again."""
    broken = [{"fault": "http_500_before", "order_id": "BRK-1"}, {"fault": "http_500_before", "order_id": "BRK-2"}]
    with Stack(tmp_path, settings=SETTINGS, faults=broken) as stack:

        def cardinity(*arguments: str) -> Ran:
            return commands.run(*arguments, env=stack.env, cwd=ROOT)

        worker(stack, 1)
        charge(stack, "BRK-1")
        charge(stack, "BRK-2")
        eventually(lambda: cardinity("breaker", "status", "--json").records[0]["not_closed"], "it has opened")
        charge(stack, "BRK-3")
        eventually(lambda: "breaker_open" in cardinity("explain", "BRK-3").out, "it was turned away")
        assert cardinity("breaker", "reset", "default").code == 0
        eventually(lambda: not cardinity("breaker", "status", "--json").records[0]["not_closed"], "it is closed")
        charge(stack, "BRK-4")  # BRK-3 rests for as long as it was told to
        assert approved(stack, "BRK-4")


def test_a_message_in_quarantine_is_seen_replayed_and_dropped(stack: Stack, cardinity: Cardinity) -> None:
    """The order that it names is woken; one that names none is dropped."""
    cardinity("queue", "drain", "payments")
    charge(stack, "FOR-1")
    message = b'{"args":["FOR-1",1],"options":{"on_success":{"actor_name":"x"}}}'
    with redis.Redis.from_url(stack.valkey.url(1)) as ledger:
        for beginning in (message, b"junk"):
            fields = {"reason": "options_foreign", "size": len(beginning), "card_data": 0, "beginning": beginning}
            ledger.xadd(keys.QUARANTINE, fields)
    junk, foreign = cardinity("quarantine", "list", "--json").records
    assert (foreign["order_id"], junk["order_id"]) == ("FOR-1", None)
    assert "on_success" in cardinity("quarantine", "show", foreign["entry"]).out
    assert cardinity("quarantine", "replay", junk["entry"], "--json").records[0]["error"] == "not_replayable"
    assert cardinity("quarantine", "replay", foreign["entry"]).code == 0
    assert cardinity("quarantine", "drop", junk["entry"]).code == 0
    assert cardinity("quarantine", "drop", junk["entry"], "--json").records[0]["error"] == "quarantine_unknown"
    cardinity("queue", "resume", "payments")
    assert approved(stack, "FOR-1")
    assert cardinity("quarantine", "list").out == "the quarantine is empty\n"
    assert cardinity("quarantine", "list", "--json").out == ""


def test_events_are_printed_from_any_moment_on(stack: Stack, cardinity: Cardinity) -> None:
    """By position and by time, a stretch of them; nothing is added to the stream."""
    charge(stack, "EVT-1")
    assert approved(stack, "EVT-1")
    every = cardinity("events", "replay", "--since", "0").records
    told = [event for event in every if event["event"]["id"].startswith("EVT-1:")]
    assert [event["event"]["id"] for event in told] == ["EVT-1:accepted", "EVT-1:approved"]
    last = told[-1]["position"]
    assert cardinity("events", "replay", "--since", last, "--limit", "1").records == told[-1:]
    assert cardinity("events", "replay", "--since", "0", "--until", every[0]["position"]).records == every[:1]
    assert cardinity("events", "replay", "--since", "2999-01-01T00:00:00Z").records == []
    assert cardinity("events", "replay", "--since", "yesterday", "--json").records[0]["error"] == "moment_format"
    assert len(cardinity("events", "replay", "--since", "0").records) == len(every)


def test_events_are_told_as_they_come(stack: Stack) -> None:
    """From a position on, each with its own, until somebody ends it."""
    told = stack.directory / "tail.out"
    argv = (sys.executable, "-m", "workers.cli", "events", "tail", "--after", "0", "--json")
    with stack.start(*argv, log_into=told) as running:
        charge(stack, "EVT-2")
        eventually(lambda: '"id":"EVT-2:approved"' in told.read_text(), "it is told")
        running.terminate()
        assert running.wait(60) == 143


def test_top_fits_a_small_terminal_and_ends_by_a_key(stack: Stack) -> None:
    """80 columns, 24 lines, drawn more than once; q gives the terminal back."""
    main, child = pty.openpty()
    argv = [sys.executable, "-m", "workers.cli", "top", "--every-s", "0.2"]
    env = {**stack.env, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    with subprocess.Popen(argv, env=env, cwd=ROOT, stdin=child, stdout=child, stderr=child) as running:
        os.close(child)
        drawn = b""

        def read() -> None:
            nonlocal drawn
            with suppress(OSError):  # nobody is at the other end any more
                if select.select([main], [], [], 0.1)[0]:
                    drawn += os.read(main, 65536)

        def twice() -> bool:
            read()
            return drawn.count(b"q ends") > 1

        def ended() -> bool:
            read()  # or what it draws until it sees the key fills the terminal, and it waits for whoever reads
            return running.poll() is not None

        eventually(twice, "it is drawn again")
        os.write(main, b"q")
        eventually(ended, "the key ends it")
        assert running.returncode == 0
    os.close(main)
    screen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn.decode(errors="replace")).split("cardinity top")[1]
    lines = screen.splitlines()
    assert len(lines) <= 24 and all(len(line.rstrip()) <= 80 for line in lines[1:])
    assert any(line.startswith("queue payments") for line in lines)


def test_top_without_a_terminal_says_so(cardinity: Cardinity) -> None:
    """Programs take --json."""
    assert cardinity("top").code == 2
    assert [look["alarms"] for look in cardinity("top", "--json", "--count", "2", "--every-s", "0.1").records] == [0, 0]
