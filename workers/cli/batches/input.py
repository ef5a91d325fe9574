"""The file of a batch, opened so that it can be read twice: once to judge every row, once to submit them."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import BinaryIO, get_args

from producers.batches.files import Format, RowResult, read_rows
from producers.batches.manifest import Manifest
from producers.contract.card_fields import Mode
from workers.cli.batches.options import BATCH_ID_LENGTH

#: Bytes looked at to tell JSON lines from CSV.
SNIFFED = 512


@dataclass(frozen=True, slots=True)
class BatchFile:
    """A file that can be read again and again. Rows are judged as of `now_ms`."""

    stream: BinaryIO
    format: Format
    mode: Mode
    now_ms: int

    def rows(self) -> Iterator[RowResult]:
        """Every row, from the beginning."""
        self.stream.seek(0)
        return read_rows(self.stream, self.format, now_ms=self.now_ms, mode=self.mode)

    def survey(self, on_invalid: Callable[[RowResult], None]) -> Manifest:
        """Judge every row, and tell of each that is wrong."""
        manifest = Manifest()
        for result in self.rows():
            manifest.add(result)
            if result.errors:
                on_invalid(result)
        return manifest


@contextmanager
def opened(name: str, *, format: Format | None, mode: Mode, now_ms: int | None = None) -> Iterator[BatchFile]:
    """The file of that name; `-` is stdin. Its rows are judged as of `now_ms`, or of now.

    What cannot be read twice goes through a nameless temporary file, which nobody else can open and which is
    gone when this process is.
    """
    with nullcontext(sys.stdin.buffer) if name == "-" else open(name, "rb") as given:
        if name != "-" and given.seekable():
            yield _batch_file(given, format, mode, now_ms)
            return
        with tempfile.TemporaryFile() as spooled:
            shutil.copyfileobj(given, spooled)
            yield _batch_file(spooled, format, mode, now_ms)


def mode_here() -> Mode:
    """The mode of the environment, for commands that need no other setting."""
    given = os.environ.get("CARDINITY_MODE", "")
    return next((mode for mode in get_args(Mode) if mode == given), "test")


def batch_id(manifest: Manifest) -> str:
    """What the ledger knows the batch by: the same content is the same batch."""
    return manifest.manifest_hash[:BATCH_ID_LENGTH]


def _batch_file(stream: BinaryIO, format: Format | None, mode: Mode, now_ms: int | None) -> BatchFile:
    stream.seek(0)
    looks_like_json = stream.read(SNIFFED).lstrip().startswith(b"{")
    as_of_ms = int(time.time() * 1000) if now_ms is None else now_ms
    return BatchFile(stream, format or ("jsonl" if looks_like_json else "csv"), mode, as_of_ms)
