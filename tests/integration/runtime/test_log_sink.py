"""A reader of logs that is slow, gone or full never holds up the writer."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from producers.runtime.log_sink import LINE_MAX, Sink

LINE = b"x" * (LINE_MAX - 1) + b"\n"


@pytest.fixture
def pipe() -> Iterator[tuple[int, IO[str]]]:
    """The reading end, and the writing end as a stream."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        yield reading, stream
        os.close(reading)


def test_a_reader_that_stands_still_costs_lines_and_no_time(pipe: tuple[int, IO[str]]) -> None:
    """Once the pipe is full, lines are counted instead of waited for; all that went in is whole."""
    reading, stream = pipe
    sink = Sink(stream)
    for _ in range(1000):
        sink.write(LINE)
    assert sink.dropped > 0
    fcntl.fcntl(reading, fcntl.F_SETFL, os.O_NONBLOCK)
    received = b"".join(iter(lambda: _read(reading), b""))
    assert received == LINE * (1000 - sink.dropped)


def test_a_reader_that_goes_on_gets_lines_again(pipe: tuple[int, IO[str]]) -> None:
    """The count starts anew with the first line that went out."""
    reading, stream = pipe
    sink = Sink(stream)
    for _ in range(1000):
        sink.write(LINE)
    fcntl.fcntl(reading, fcntl.F_SETFL, os.O_NONBLOCK)
    while _read(reading):
        pass
    sink.write(b"again\n")
    assert (sink.dropped, _read(reading)) == (0, b"again\n")


def test_a_reader_that_is_gone_stops_nobody() -> None:
    """A broken pipe costs lines."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        os.close(reading)
        sink = Sink(stream)
        sink.write(LINE)
        assert sink.dropped == 1


def test_a_full_disk_stops_nobody() -> None:
    """So does a device without space, where there is one to try."""
    full = Path("/dev/full") if Path("/dev/full").exists() else Path(os.devnull)
    with full.open("w") as stream:
        sink = Sink(stream)
        sink.write(LINE)
        assert sink.dropped == int(full.name == "full")


def test_a_file_gets_every_line(tmp_path: Path) -> None:
    """A file takes all at once."""
    with (tmp_path / "log").open("w") as stream:
        sink = Sink(stream)
        for _ in range(100):
            sink.write(LINE)
    assert (tmp_path / "log").read_bytes() == LINE * 100


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, 1 << 20)
    except BlockingIOError:
        return b""
