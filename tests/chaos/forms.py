"""Looks for thousands of byte strings at once, fast enough for all that a run leaves; and opens what is compressed."""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress

#: Bytes of an anchor: the beginning of a form, compared as one machine word.
WORD = 8
#: How gzip and zlib data begin. Two bytes of zlib are no evidence: opening decides.
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
#: Bytes unpacked at the most, so that a bomb is none, and at the least, below which no form fits.
UNPACKED_MAX = 1 << 24


class Forms:
    """Byte strings with names.

    A search for one after the other takes a second per megabyte. All data are compared in words with the first words
    of the forms instead, at each of the eight alignments, and only forms whose word was met are looked for.
    """

    def __init__(self, names: Mapping[bytes, str]) -> None:
        self._names = names
        self._short = [form for form in names if len(form) < WORD]
        self._long: defaultdict[int, list[bytes]] = defaultdict(list)
        for form in names:
            if len(form) >= WORD:
                self._long[memoryview(form[:WORD]).cast("Q")[0]].append(form)
        self._anchors = frozenset(self._long)

    def __len__(self) -> int:
        return len(self._names)

    def within(self, data: bytes) -> set[str]:
        """The names of those that are in the data."""
        met = [form for anchor in self._met(data) for form in self._long[anchor]]
        return {self._names[form] for form in (*self._short, *met) if form in data}

    def _met(self, data: bytes) -> set[int]:
        met: set[int] = set()
        for start in range(min(WORD, len(data))):
            words = memoryview(data)[start : len(data) - (len(data) - start) % WORD].cast("Q")
            met.update(self._anchors.intersection(words))
        return met


def unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Everything gzip or zlib that begins anywhere in the data."""
    for match in _PACKED.finditer(data):
        packing = "gzip" if match.group()[0] == 0x1F else "zlib"
        with suppress(zlib.error):
            yield packing, zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(data[match.start() :], UNPACKED_MAX)
