"""What the ledger knows against a charge that names an earlier payment, as a pure constructor of a `Call`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from cardinity_client.money import Money
from producers.contract.budgets import DECLINES_MAX, WINDOW_MAX_S
from producers.runtime.ledger.call import Call, Reply

_WINDOW_MS: Final = WINDOW_MAX_S * 1000


@dataclass(frozen=True, slots=True)
class Standing:
    """How an earlier payment stands, to be charged once more. Moments in ms since 1970 UTC, by the ledger's clock.

    `disputes` must not be charged behind. `declined_at_ms` are the latest declines of charges that named it for the
    same amount, and `brand` is that of its card where one of them told it.
    """

    disputes: tuple[str, ...]
    declined_at_ms: tuple[int, ...]
    brand: str
    now_ms: int


def standing(
    account: str, payment_id: str, amount: Money, *, order_id: str = "", instrument: str = ""
) -> Call[Standing]:
    """What is held against charging `amount` from that payment. Payments that were charged from the same one count too:
    they are known by its fingerprint, which is given (`instrument`) or that of the order that is to charge.
    """

    def decode(reply: Reply) -> Standing:
        declines = [_text(part) for part in cast(list[bytes], reply[3])]
        brands = (member.partition(" ")[0] for member in declines[::2])
        return Standing(
            tuple(_text(reply[1]).split()),
            tuple(int(float(moment)) for moment in declines[1::2]),
            next((brand for brand in brands if brand), ""),
            int(_text(reply[2])),
        )

    args = (account, order_id, payment_id, amount.minor, amount.currency, _WINDOW_MS, DECLINES_MAX, instrument)
    return Call("reference", args, decode)


def _text(value: bytes | Reply) -> str:
    return cast(bytes, value).decode()
