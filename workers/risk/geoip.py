"""Which country an address is of, by a file that the merchant supplies: CSV lines of `first,last,country`, as free
lists come (DB-IP's country lite, say). Nothing is asked of anybody; without the file nothing is known.
"""

from __future__ import annotations

import csv
import ipaddress
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from producers.contract.countries import COUNTRIES
from producers.runtime.problems import Problem, problem

SETTING: Final = "GEOIP_FILE"
#: Lines of a file at the most; the lists that are published have about 700,000.
LINES_MAX: Final = 5_000_000


class Countries:
    """Looks countries up. Ranges must not overlap; they are held as packed numbers, some 30 MB for a whole list."""

    def __init__(self, ranges: Iterable[tuple[str, str, str]]) -> None:
        self._old: tuple[array[int], array[int], list[str]] = (array("Q"), array("Q"), [])
        self._new: tuple[list[bytes], list[bytes], list[str]] = ([], [], [])
        read = sorted((ipaddress.ip_address(first).packed, ipaddress.ip_address(last).packed, name)
                      for first, last, name in ranges)  # fmt: skip
        for first, last, name in read:
            if len(first) != len(last) or first > last or name not in COUNTRIES:
                raise ValueError
            if len(first) == 4:
                for column, value in zip(self._old[:2], (first, last), strict=True):
                    column.append(int.from_bytes(value))
                self._old[2].append(name)
            else:
                self._new[0].append(first)
                self._new[1].append(last)
                self._new[2].append(name)

    def of(self, ip: str) -> str | None:
        """The country, if a range holds the address."""
        packed = ipaddress.ip_address(ip).packed
        if len(packed) == 4:
            number = int.from_bytes(packed)
            at = bisect_right(self._old[0], number) - 1
            return self._old[2][at] if at >= 0 and number <= self._old[1][at] else None
        at = bisect_right(self._new[0], packed) - 1
        return self._new[2][at] if at >= 0 and packed <= self._new[1][at] else None


def read_countries(path: Path) -> Countries | Problem:
    """The file's ranges; lines of no country (ZZ) are left out."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [tuple(row) for _, row in zip(range(LINES_MAX), csv.reader(file), strict=False)]
        return Countries((first, last, name) for first, last, name in rows if name not in ("ZZ", ""))
    except OSError as error:
        return problem("geoip_unreadable", SETTING, f"the file cannot be read: {error.strerror}")
    except (ValueError, csv.Error):
        return problem("geoip_format", SETTING, "must be CSV lines of first address, last address and country")
