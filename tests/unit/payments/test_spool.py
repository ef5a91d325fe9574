"""The spool: outcomes that wait on disk for Redis to come back."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import pytest

from producers.runtime.ledger.call import Call
from producers.runtime.ledger.calls import settle
from producers.runtime.ledger.results import Moved, NotYours
from workers.payments.spool import Spool


def outcome(order_id: str) -> Call[Moved | NotYours]:
    return settle(
        order_id,
        "t" * 32,
        allowed=("sending", "unknown"),
        to="approved",
        event_id=f"{order_id}:approved",
        event=b'{"a":1}',
        detail="approved",
        fields={"payment_id": "p1", "http_status": 201},
    )


def taken(spool: Spool) -> list[tuple[object, ...]]:
    with spool.taken() as calls:
        return [call.args for call in calls]


def test_a_call_comes_back_as_it_was(tmp_path: Path) -> None:
    """Texts, numbers and bytes are what they were, for this worker and for the one after it."""
    Spool(tmp_path, "w1").append(outcome("ORD-1"))
    assert taken(Spool(tmp_path, "w2")) == [outcome("ORD-1").args]


@pytest.mark.parametrize(
    "line", [b'{"args":["ORD-0', b'{"args":["\xff"],"binary":[]}', b'{"args":["ORD-0"],"binary":[]}', b"[" * 100_000]
)
def test_a_spoilt_line_is_passed_over(tmp_path: Path, line: bytes) -> None:
    """Cut short, not UTF-8, too few arguments, too deep: the lines around it come back all the same."""
    spool = Spool(tmp_path, "w1")
    spool.append(outcome("ORD-1"))
    (kept,) = (tmp_path / "spool").iterdir()
    with kept.open("ab") as file:
        file.write(line + b"\n")
    spool.append(outcome("ORD-2"))
    assert [args[0] for args in taken(spool)] == ["ORD-1", "ORD-2"]


def test_what_was_recorded_is_forgotten(tmp_path: Path) -> None:
    """After a block that ended well there is nothing left."""
    spool = Spool(tmp_path, "w1")
    spool.append(outcome("ORD-1"))
    taken(spool)
    assert taken(spool) == []


def test_what_could_not_be_recorded_stays(tmp_path: Path) -> None:
    """Redis is still away: the next try finds everything again."""
    spool = Spool(tmp_path, "w1")
    spool.append(outcome("ORD-1"))
    with pytest.raises(ZeroDivisionError), spool.taken():
        raise ZeroDivisionError
    assert len(taken(spool)) == 1


def test_one_worker_at_a_time_replays_a_file(tmp_path: Path) -> None:
    """Another finds it locked and passes on."""
    first, second = Spool(tmp_path, "w1"), Spool(tmp_path, "w2")
    first.append(outcome("ORD-1"))
    with first.taken() as calls:
        assert taken(second) == []
    assert len(calls) == 1


@pytest.mark.parametrize("replayer", ["w1", "w2"])
def test_keeping_does_not_wait_for_a_replay(tmp_path: Path, replayer: str) -> None:
    """While a file is being recorded its worker goes on keeping calls, and each is recorded by a later replay."""
    spool = Spool(tmp_path, "w1")
    spool.append(outcome("ORD-1"))
    with Spool(tmp_path, replayer).taken() as calls:
        spool.append(outcome("ORD-2"))
        spool.append(outcome("ORD-3"))
    assert [call.args[0] for call in calls] == ["ORD-1"]
    assert [args[0] for args in taken(spool)] == ["ORD-2", "ORD-3"]


def test_replays_that_fail_pile_nothing_over_another(tmp_path: Path) -> None:
    """What was kept between two tries in vain is beside what was kept before them, not in its place."""
    spool = Spool(tmp_path, "w1")
    for number in range(3):
        spool.append(outcome(f"ORD-{number}"))
        with suppress(ZeroDivisionError), spool.taken():
            raise ZeroDivisionError
    assert sorted(str(args[0]) for args in taken(spool)) == ["ORD-0", "ORD-1", "ORD-2"]
    assert not list((tmp_path / "spool").iterdir())


def test_a_process_that_dies_in_a_replay_leaves_it_to_the_next(tmp_path: Path) -> None:
    """`kill -9` between moving aside and recording: the lock is gone with the process, the file is not."""
    Spool(tmp_path, "w1").append(outcome("ORD-1"))
    dying = (
        "import os, sys; from pathlib import Path; from workers.payments.spool import Spool\n"
        "with Spool(Path(sys.argv[1]), 'w2').taken() as calls: assert len(calls) == 1; os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", dying, tmp_path], check=False).returncode == 9
    assert taken(Spool(tmp_path, "w3")) == [outcome("ORD-1").args]


def test_a_line_is_read_by_nobody_before_it_is_whole(tmp_path: Path) -> None:
    """A file that was moved aside while its worker writes to it is left alone until that is done."""
    spool = Spool(tmp_path, "w1")
    spool.append(outcome("ORD-1"))
    with (tmp_path / "spool" / "w1.jsonl").open("ab") as writing:
        fcntl.flock(writing, fcntl.LOCK_EX)
        assert taken(spool) == []
        writing.write(b"\n")
    assert taken(spool) == [outcome("ORD-1").args]


def test_a_writer_that_finds_its_file_recorded_opens_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is moved aside, recorded and removed between the writer's opening of it and its lock."""
    spool = Spool(tmp_path, "w1")
    spool.append(outcome("ORD-1"))
    real, recorded = fcntl.flock, list[tuple[object, ...]]()

    def flock(file: BinaryIO, how: int) -> None:
        monkeypatch.undo()
        recorded.extend(taken(Spool(tmp_path, "w2")))
        real(file, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    spool.append(outcome("ORD-2"))
    assert [args[0] for args in [*recorded, *taken(spool)]] == ["ORD-1", "ORD-2"]


def test_a_file_that_nobody_moves_aside_is_not_waited_for(tmp_path: Path) -> None:
    """Whoever locks a worker's own file keeps it from writing, but not from working: it hears of it at once."""
    spool = Spool(tmp_path, "w1")
    spool.append(outcome("ORD-1"))
    with (tmp_path / "spool" / "w1.jsonl").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError):
            spool.append(outcome("ORD-2"))


def test_a_line_cut_short_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    """The lines before and after it count; the resolver has that order."""
    spool = Spool(tmp_path, "w1")
    spool.append(outcome("ORD-1"))
    with (tmp_path / "spool" / "w1.jsonl").open("ab") as file:
        file.write(b'{"args":["ORD-2"')
    spool.append(outcome("ORD-3"))
    assert [args[0] for args in taken(spool)] == ["ORD-1", "ORD-3"]
