"""What a split is made of, as the ledger keeps it: enough to tell another wish of the same name apart, to know whose
part is whose, and to take parts back. Nothing of a card is in it but the instrument's keyed fingerprint.
"""

from __future__ import annotations

import msgspec

from cardinity_client.money import Money
from producers.contract.fingerprint import instrument_fingerprint
from producers.contract.splits import Split
from producers.vault import Sealer


class PartMade(msgspec.Struct, frozen=True):
    """One recipient's part. `minor` in the split's currency."""

    recipient: str
    order_id: str
    minor: int
    description: str
    account: str


class MadeOf(msgspec.Struct, frozen=True, omit_defaults=True):
    """A split as it was accepted. `settle` false: its parts are holds, and are let go instead of refunded."""

    total_minor: int
    currency: str
    country: str
    instrument: str
    settle: bool
    suffix: str
    all_or_nothing: bool
    parts: tuple[PartMade, ...]
    customer: str = ""

    def amount(self, part: PartMade) -> Money:
        """What its recipient gets."""
        return Money(part.minor, self.currency)


#: Fields of it that callers know by another name.
_PUBLIC = {
    "total_minor": "total",
    "instrument": "payment_instrument",
    "suffix": "statement_descriptor_suffix",
}


def made_of(split: Split, sealer: Sealer) -> MadeOf:
    """What the ledger keeps of a wish."""
    first = split.parts[0].charge
    return MadeOf(
        split.total.minor,
        split.total.currency,
        first.country,
        instrument_fingerprint(first, sealer.fingerprint_key),
        first.settle,
        first.suffix or "",
        split.all_or_nothing,
        tuple(
            PartMade(
                part.recipient,
                part.charge.order_id,
                part.charge.amount.minor,
                part.charge.description or "",
                part.charge.account,
            )
            for part in split.parts
        ),
        first.customer or "",
    )


def differing(wanted: MadeOf, known: MadeOf) -> tuple[str, ...]:
    """The fields, by the names that callers know, in which one wish is not the other."""
    return tuple(
        _PUBLIC.get(name, name) for name in MadeOf.__struct_fields__ if getattr(wanted, name) != getattr(known, name)
    )


def unnamed(made: MadeOf) -> MadeOf:
    """The same of nobody: its customer is forgotten, and what each part was said to be for."""
    parts = tuple(msgspec.structs.replace(part, description="") for part in made.parts)
    return msgspec.structs.replace(made, customer="", parts=parts)


def written(made: MadeOf) -> bytes:
    """As the ledger keeps it."""
    return msgspec.json.encode(made)


def read(text: bytes) -> MadeOf:
    """What `written` wrote."""
    return msgspec.json.decode(text, type=MadeOf)
