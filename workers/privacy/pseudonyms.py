"""Names in whose place nobody is named: under one key the same customer has the same one, so they can still be counted.

The tilde in front can stand in no name that a merchant gives, so no pseudonym is ever taken for a name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from producers.errors import SettingsError
from workers.risk.identity import Names, read_names

#: What every pseudonym begins with.
MARK: Final = "~"
_SETTING: Final = "PSEUDONYM_KEY_FILE"


class Pseudonyms:
    """Those of one key; without a key there are none, and a name is followed by nothing."""

    def __init__(self, names: Names | None) -> None:
        self._names = names

    @property
    def made(self) -> bool:
        """Whether there is a key."""
        return self._names is not None

    def of(self, customer: str) -> str | None:
        """The customer's; a pseudonym stays what it is."""
        if customer.startswith(MARK):
            return customer
        return None if self._names is None else MARK + self._names.customer(customer)


def read_pseudonyms(path: Path | None) -> Pseudonyms:
    """Those of the key in that file.

    Raises:
        SettingsError: the file is not to be used.
    """
    if path is None:
        return Pseudonyms(None)
    found = read_names(path, _SETTING, "pseudonym_key_format", "gdpr key")
    if not isinstance(found, Names):
        raise SettingsError([found])
    return Pseudonyms(found)
