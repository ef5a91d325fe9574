"""What a page of chargebacks says that was not told before. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cardinity_client import Chargeback, Listing
from producers.contract.chargebacks import chargeback_event_id, dispute_name


@dataclass(frozen=True, slots=True)
class News:
    """What to tell, oldest first: who dies in the middle leaves the rest as new as it was. `pushed_out`: older ones may
    have left the page before anybody saw them.
    """

    fresh: tuple[Chargeback, ...]
    pushed_out: bool


def questions(listed: Listing[Chargeback]) -> tuple[str, ...]:
    """The fields of the ledger's book of disputes to look up for `news_in`: two for each chargeback."""
    return tuple(
        field
        for chargeback in listed.items
        for field in (dispute_name(chargeback.id), chargeback_event_id(chargeback.id, chargeback.status))
    )


def news_in(listed: Listing[Chargeback], known: Sequence[bytes | None], *, first: bool, limit: int) -> News:
    """The news on a page of at most `limit` rows, newest first; `known` answers `questions`.

    On the `first` page that is ever kept of an account nothing is known, and what lies beyond it is from before our
    time. A row that could not be read may be a known one or not: it is no sign that the page reaches back far enough.
    """
    fresh = [chargeback for chargeback, told in zip(listed.items, known[1::2], strict=True) if told is None]
    reaches_back = any(seen is not None for seen in known[::2])
    return News(tuple(reversed(fresh)), not first and listed.count >= limit and not reaches_back)
