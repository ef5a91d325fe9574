"""The most that a batch file may hold, looked at before its first order is accepted. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cardinity_client.money import Money
from producers.batches.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Limits:
    """At most so many rows, and such totals by currency; None is no limit. A currency without a total has one of 0."""

    rows_max: int | None = None
    totals_max: Mapping[str, Money] | None = None

    def broken_by(self, manifest: Manifest) -> Iterator[str]:
        """In words, every limit that the file is above."""
        rows = manifest.summary.rows
        if self.rows_max is not None and rows > self.rows_max:
            yield f"it has {rows} rows; at most {self.rows_max} are allowed"
        for total in manifest.totals if self.totals_max is not None else ():
            limit = (self.totals_max or {}).get(total.currency, Money(0, total.currency))
            if total.minor > limit.minor:
                yield f"it adds up to {total.text} {total.currency}; at most {limit.text} are allowed"
