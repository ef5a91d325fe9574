"""An order_id used twice is found however far apart, in memory that does not grow with the file."""

from __future__ import annotations

import io
import sqlite3
import tracemalloc
from collections.abc import Iterable
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.batches.duplicates import OrderIds
from producers.batches.files import read_rows
from producers.batches.manifest import Manifest
from tests.unit.batches.files import a_row, csv_file
from tests.unit.contract.builders import NOW_MS

#: Rows of a small file, and of one ten times as large.
FEW, MANY = 2_000, 20_000
#: Bytes by which the larger one may take more: of a dict of its order_ids a hundredth part.
GROWTH_MAX = 20_000


@given(st.lists(st.text("ab", min_size=1, max_size=3)))
def test_the_first_row_of_each_is_remembered(order_ids: list[str]) -> None:
    """As a dict would, whatever comes in whatever order."""
    first: dict[str, int] = {}
    with OrderIds() as met:
        for row, order_id in enumerate(order_ids, start=1):
            assert met.first_row(order_id, row) == first.setdefault(order_id, row)


def test_memory_does_not_grow_with_the_rows() -> None:
    """Ten times the rows take no more of Python's memory: a set of their order_ids alone would take a megabyte."""
    assert peak_bytes(MANY) - peak_bytes(FEW) < GROWTH_MAX


def test_a_full_disk_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index is in TMPDIR: when that is full a user is told so, and not of a bug."""
    with OrderIds() as met:
        monkeypatch.setattr(met, "_cursor", _Full())
        with pytest.raises(OSError, match="TMPDIR"):
            met.first_row("A-1", 1)


class _Full:
    def execute(self, *_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")


def peak_bytes(rows: int) -> int:
    """What judging a file of so many rows takes, beyond the file itself."""
    stream = cast("BinaryIO", _Lines(rows))
    tracemalloc.start()
    try:
        manifest = Manifest()
        for result in read_rows(stream, "csv", now_ms=NOW_MS, mode="test"):
            manifest.add(result)
        assert manifest.summary.valid == rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class _Lines(io.RawIOBase):
    """A file that is made as it is read."""

    def __init__(self, rows: int) -> None:
        self._lines: Iterable[bytes] = self._made(rows)

    def readline(self, size: int | None = -1, /) -> bytes:
        return next(iter(self._lines), b"")

    @staticmethod
    def _made(rows: int) -> Iterable[bytes]:
        header, line = csv_file(a_row(0)).splitlines(keepends=True)
        yield header
        for number in range(1, rows + 1):
            yield line.replace(b"ORD-0", b"ORD-%d" % number)
