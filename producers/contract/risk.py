"""What was found about an order before it was sent: kept with it, told in its events, judged again by backtests."""

from __future__ import annotations

from typing import Final

import msgspec

#: What may be done with an order, the mildest first.
ALLOW: Final = "allow"
REVIEW: Final = "review"
BLOCK: Final = "block"
VERDICTS: Final = (ALLOW, REVIEW, BLOCK)


class RiskData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an event says of it: enough to judge the same order again, and nothing that names a person."""

    #: When it was judged (ms), what was done, and which rules were met, whether they act or not.
    at_ms: int
    verdict: str
    rules: tuple[str, ...] = ()
    #: The customer's country as declared, and by their address; that address under a key of the workers'.
    country: str = ""
    ip_country: str | None = None
    ip_id: str | None = None
    #: Minutes that the customer's clock, else the merchant's, is ahead of UTC.
    offset_min: int = 0


class RiskKept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the order's row keeps of it: also the counts as of then, by name."""

    told: RiskData
    card_id: str | None = None
    counts: dict[str, float] = {}
    #: How many of the rules, those that stand first, are what the verdict is for.
    acting: int = 0


_KEPT: Final = msgspec.json.Decoder(RiskKept)


def written(kept: RiskKept) -> bytes:
    """As a row has it."""
    return msgspec.json.encode(kept)


def kept_in(text: bytes) -> RiskKept | None:
    """What the row keeps; None where nobody has judged, or where it is in words of another release."""
    if not text:
        return None
    try:
        return _KEPT.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
