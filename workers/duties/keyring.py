"""Takes the private keys anew when their file is replaced: a new key opens, and a destroyed one is let go, without a
restart. What was unwrapped with a destroyed key goes with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from producers.contract.keys import OpeningKeys
from producers.errors import KeyFileError
from producers.vault import load_opening_keys
from workers.stamps import Stamp, stamp

#: Seconds between two looks at the file.
LOOK_EVERY_S = 1.0


class KeyWatch:
    """One process'. `take` is given the keys at the first look, and whenever there are others."""

    def __init__(self, path: Path, take: Callable[[OpeningKeys], None], on_trouble: Callable[[str, str], None]) -> None:
        self._path = path
        self._take = take
        self._on_trouble = on_trouble
        self._seen: Stamp | None = None

    async def run(self) -> None:
        """Look until cancelled. A file that cannot be read changes nothing."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        """Look once."""
        seen = stamp(self._path)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._take(load_opening_keys(self._path))
        except KeyFileError as error:
            self._on_trouble("keys", error.code)
