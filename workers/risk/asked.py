"""What is asked about one order, and which counters answer it. Pure: live judging and backtests share all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from workers.risk.rules import RuleSet

#: How long a customer's countries and hours are remembered, and which card an earlier payment was made with.
HISTORY_MS: Final = 180 * 24 * 3_600_000
#: Members of one counter at the most; the oldest go first. No limit of a rule can be above it.
MEMBERS_MAX: Final = 1000
_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One charge as the rules see it. What is not known is None; `offset_min` is how far the local clock is ahead of
    UTC.
    """

    order_id: str
    at_ms: int
    account: str
    country: str
    amount_minor: int
    currency: str
    customer: str | None
    card_id: str | None
    ip_id: str | None
    ip_country: str | None
    offset_min: int

    @property
    def hour(self) -> int:
        """The local hour of the day."""
        return (self.at_ms + self.offset_min * 60_000) // _HOUR_MS % 24


class Entry(NamedTuple):
    """A window of members by time: how many there are is asked, and whether this one is. `add` puts it in."""

    key: str
    member: str
    window_ms: int
    add: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """The answer: members within the window, this one included if it was added, and whether it was there before."""

    count: int
    known: bool


@dataclass(frozen=True, slots=True)
class Volume:
    """Charges of this hour, this one included, and what an hour usually has."""

    count: int
    usual: float


def entries_of(asked: Asked, rules: RuleSet) -> Mapping[str, Entry]:
    """The windows to look into, by the name of the fact; those of which nothing can be known are left out."""
    customer, card, address = asked.customer, asked.card_id, asked.ip_id
    entries: dict[str, Entry] = {}
    if address is not None:
        entries["failed_by_address"] = Entry(f"failed:ip:{address}", "", rules.window_ms("failed_attempts"))
    if customer is not None:
        window_ms = rules.window_ms("many_cards")
        entries["cards"] = Entry(f"cards:{customer}", card or "", window_ms, add=card is not None)
        entries["country_known"] = Entry(f"places:{customer}", asked.country, HISTORY_MS)
        if asked.ip_country is not None:
            entries["ip_country_known"] = Entry(f"places:{customer}", asked.ip_country, HISTORY_MS)
        entries["hour_known"] = Entry(f"hours:{customer}", str(asked.hour), HISTORY_MS)
    if card is not None:
        window_ms = rules.window_ms("many_customers")
        entries["customers"] = Entry(f"customers:{card}", customer or "", window_ms, add=customer is not None)
    small = rules.is_small(asked.amount_minor, asked.currency)
    if card is not None:
        window_ms = rules.window_ms("card_testing")
        entries["small_by_card"] = Entry(f"small:card:{card}", asked.order_id, window_ms, add=small)
    if address is not None:
        window_ms = rules.window_ms("card_testing")
        entries["small_by_address"] = Entry(f"small:ip:{address}", card or asked.order_id, window_ms, add=small)
    return entries


def hour_of(at_ms: int) -> int:
    """The hour since 1970 UTC, by which volume is counted."""
    return at_ms // _HOUR_MS
