"""The public half of a key as its file has it now, so that a rotation reaches producers without a restart.

Where a setting holds the key itself there is no file, and it stays what it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from producers.contract.key_formats import read_sealing_key
from producers.contract.keys import SealingKey
from producers.errors import FieldError, KeyFileError, SettingsError
from producers.runtime.settings_kinds import FromFile, Refused, read_file

#: Seconds between two looks at the file, by whoever seals next: some 200 bytes, 20 µs.
LOOK_EVERY_S: Final = 1.0

T = TypeVar("T")


class PublishedKey:
    """One producer's. Threads may share it: two that look at once read the same file."""

    __slots__ = ("_clock", "_key", "_looked_at_s", "_path", "_text")

    def __init__(self, name: str, text: str | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`text` is the value of the setting `name`. Raises SettingsError, as `from_setting`."""
        # The reader takes a text that is nothing more.
        self._key = from_setting(name, text and str(text), read_sealing_key)
        self._path = text.path if isinstance(text, FromFile) else None
        self._text = text
        self._clock = clock
        self._looked_at_s = clock()

    def present(self) -> SealingKey:
        """The key to seal with now. A file that cannot be read changes nothing."""
        now_s = self._clock()
        if self._path is not None and now_s - self._looked_at_s >= LOOK_EVERY_S:
            self._looked_at_s = now_s
            with suppress(Refused, KeyFileError):
                text = read_file(self._path, private=False)
                if text != self._text:
                    self._key, self._text = read_sealing_key(text), text
        return self._key


def from_setting(name: str, text: str | None, read: Callable[[str], T]) -> T:
    """The key in this setting. Raises SettingsError: it is missing or cannot be read."""
    if not text:
        raise SettingsError([FieldError(name, "secret_missing", "must be given, or the file that holds it")])
    try:
        return read(text)
    except KeyFileError as error:
        raise SettingsError([FieldError(name, error.code, error.message)]) from None
