"""What a batch file holds: counts, totals, and a hash by which the same content is known again. Pure.

A manifest is gathered while the rows go by, in memory that does not grow but by eight bytes per thousand rows:
these are marks, the hash so far, by which two files that differ can be told where they begin to.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

import msgspec

from cardinity_client.models.payments import Card, PaymentReference
from cardinity_client.money import Money
from producers.batches.files import WHOLE_FILE, RowResult
from producers.contract.brands import brand_of
from producers.contract.commands import Charge
from producers.contract.instruments import Instrument
from producers.contract.tokens import CardToken

#: What rows are counted under whose card is of no brand that we know, and those that name none.
UNKNOWN_BRAND, NO_CARD = "unknown", ""
#: Rows between two marks.
BLOCK_ROWS: Final = 1000
#: Bytes of a mark: that two files differ here and nobody sees it has a chance of 2^-64.
_MARK_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a file. A file that is wrong as a whole has no rows and counts as one invalid."""

    rows: int
    valid: int
    invalid: int

    @property
    def ok(self) -> bool:
        """Whether every row may be submitted."""
        return not self.invalid


class Manifest:
    """What a file holds, gathered while its rows go by: counts, and a hash to know the same content again.

    The hash covers every valid row with its number, but nothing of cards: a plain hash of a card number can be
    undone by trying them all. Two files that differ in cards alone have one hash; the ledger's keyed
    fingerprints tell those apart.
    """

    def __init__(self) -> None:
        self._counts = Counter[str]()
        self._totals = Counter[str]()
        self._brands = Counter[str]()
        self._hash = hashlib.sha256(b"cardinity-batch manifest 1\n")
        self._marks = bytearray()

    def add(self, result: RowResult) -> None:
        """Count one result and, if it is a charge, hash it."""
        content = result.content
        self._counts["rows"] += result.row != WHOLE_FILE
        if isinstance(content, Charge):
            self._counts["valid"] += 1
            self._totals[content.amount.currency] += content.amount.minor
            self._brands[_brand(content.instrument)] += 1
            self._hash.update(_canonical(result.row, content))
        else:
            self._counts["invalid"] += 1
        if self.ends_block(result.row):
            self._marks += self._hash.digest()[:_MARK_BYTES]

    @staticmethod
    def ends_block(row: int) -> bool:
        """Whether a mark is set behind this row."""
        return row != WHOLE_FILE and row % BLOCK_ROWS == 0

    @property
    def summary(self) -> Summary:
        """The counts so far."""
        return Summary(self._counts["rows"], self._counts["valid"], self._counts["invalid"])

    @property
    def totals(self) -> tuple[Money, ...]:
        """What the valid rows add up to so far, by currency."""
        return tuple(Money(minor, currency) for currency, minor in sorted(self._totals.items()))

    @property
    def brands(self) -> Mapping[str, int]:
        """How many valid rows so far are of a card of each brand, the most first; without those of earlier payments,
        of which only the gateway knows it."""
        return {brand: count for brand, count in self._brands.most_common() if brand != NO_CARD}

    @property
    def manifest_hash(self) -> str:
        """64 hex digits for the valid rows so far."""
        return self._hash.hexdigest()

    @property
    def marks(self) -> bytes:
        """The marks so far."""
        return bytes(self._marks)

    def as_fields(self) -> dict[str, str | int]:
        """What is kept of it in the ledger, and what two files are held against each other by."""
        return {
            "manifest": self.manifest_hash,
            "rows": self.summary.rows,
            "valid": self.summary.valid,
            "totals": ", ".join(f"{total.text} {total.currency}" for total in self.totals),
            "marks": self.marks.hex(),
        }


def differences(kept: Mapping[str, str], manifest: Manifest) -> tuple[str, ...]:
    """In what the file differs from the one that was kept, in words; nothing when it holds the same."""
    given = {name: str(value) for name, value in manifest.as_fields().items()}
    if kept["manifest"] == given["manifest"]:
        return ()
    told = [f"{name} {kept[name]} before, {given[name]} now" for name in _TOLD if kept[name] != given[name]]
    return (*told, _where(bytes.fromhex(kept["marks"]), manifest.marks))


#: Fields that a person understands.
_TOLD: Final = ("rows", "valid", "totals")


def _where(before: bytes, now: bytes) -> str:
    pairs = enumerate(zip_longest(_single_marks(before), _single_marks(now)))
    block = next((number for number, (old, new) in pairs if old != new), len(now) // _MARK_BYTES)
    return f"the first difference is in rows {block * BLOCK_ROWS + 1} to {(block + 1) * BLOCK_ROWS}"


def _single_marks(marks: bytes) -> Iterator[bytes]:
    return (marks[at : at + _MARK_BYTES] for at in range(0, len(marks), _MARK_BYTES))


def _canonical(row: int, charge: Charge) -> bytes:
    content = (
        row,
        charge.order_id,
        charge.amount.minor,
        charge.amount.currency,
        charge.country,
        charge.description,
        charge.account,
        charge.expires_at_ms,
        _named(charge.instrument),
        *(() if charge.is_plain else (charge.settle, charge.suffix)),
        *(() if not charge.further else (charge.further, _named(charge.backup))),
        *(() if not (charge.customer or charge.customer_ip) else ("customer", charge.customer, charge.customer_ip)),
        *(("two_phase",) if charge.two_phase else ("direct",) if charge.direct else ()),
    )
    return msgspec.json.encode(content) + b"\n"


def _brand(instrument: Instrument) -> str:
    match instrument:
        case Card(pan=pan):
            return brand_of(pan.reveal()) or UNKNOWN_BRAND
        case CardToken(token):
            return token.brand or UNKNOWN_BRAND
        case PaymentReference():
            return NO_CARD


def _named(instrument: Instrument | None) -> str | None:
    """The earlier payment, or the token's id; nothing of a card."""
    match instrument:
        case PaymentReference(payment_id):
            return payment_id
        case CardToken(token):
            return token.token_id
        case _:
            return None
