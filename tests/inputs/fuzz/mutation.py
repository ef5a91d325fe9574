"""A small fuzzer of our own, for machines without atheris: seeds from the tables, changed a few times at random."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

from tests.unit.contract.builders import PAN

#: Bytes of an input at the most.
INPUT_MAX: Final = 4096
#: Changes of one input at the most.
CHANGES_MAX: Final = 6
#: Pieces that mean something to one parser or another.
PIECES: Final = (
    *(
        b'"',
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b"\\",
        b"\\u0000",
        b"\\ud800",
        b"NaN",
        b"1e400",
        b"-0",
        b"null",
        b"true",
    ),
    *(b"\n", b"\r", b"\0", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"=", b"%00", b"?", b"/", b"@"),
    *(b"9" * 30, b"[" * 40, b"." * 3, b" ", b"-a1", b"amount", b"pan", b"order_id", PAN.encode(), PAN[:8].encode()),
)

Change = Callable[[random.Random, bytearray, Sequence[bytes]], None]


def mutated(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """A seed with a few changes."""
    data = bytearray(rng.choice(seeds)[:INPUT_MAX])
    for _ in range(rng.randint(1, CHANGES_MAX)):
        rng.choice(_CHANGES)(rng, data, seeds)
    return bytes(data[:INPUT_MAX])


def _flip(rng: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _replace(rng: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] = rng.randrange(256)


def _insert(rng: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    at = rng.randint(0, len(data))
    data[at:at] = rng.choice(PIECES)


def _delete(rng: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    start = rng.randint(0, len(data))
    del data[start : start + rng.randint(1, 16)]


def _repeat(rng: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    start = rng.randint(0, len(data))
    data[start:start] = data[start : start + rng.randint(1, 32)]


def _cross(rng: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    other = rng.choice(seeds)[:INPUT_MAX]
    start = rng.randint(0, len(other))
    at = rng.randint(0, len(data))
    data[at : at + rng.randint(0, 64)] = other[start : start + rng.randint(1, 64)]


def _cut(rng: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    del data[rng.randint(0, len(data)) :]


_CHANGES: Final[Sequence[Change]] = (_flip, _replace, _insert, _insert, _delete, _repeat, _cross, _cross, _cut)
