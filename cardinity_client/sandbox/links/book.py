"""The links of one merchant account, and whether each can be paid right now."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cardinity_client.sandbox.agenda import Agenda
from cardinity_client.sandbox.clock import Clock
from cardinity_client.sandbox.links.link import Link

#: Why nothing can be paid.
Closed = Literal["deleted", "disabled", "expired", "paid"]


@dataclass(slots=True)
class Entry:
    """A link in its present state, when it expires, in real time and by the clock, and how often it was paid."""

    link: Link
    expires_ms: int
    ends_ms: int
    payments: int = 0


class LinkBook:
    """It stores what it is given. There is no list of links, so nothing keeps their order."""

    def __init__(self, now_ms: Callable[[], int], agenda: Agenda, clock: Clock) -> None:
        self._now_ms = now_ms
        self._agenda = agenda
        self._clock = clock
        self._by_id: dict[str, Entry] = {}

    def put(self, link: Link, expires_ms: int) -> None:
        """A new link, or the next state of one that is there. It lives by the clock as long as it was given now."""
        entry = self._by_id.get(link.id)
        ends_ms = self._clock.now_ms() + expires_ms - self._now_ms()
        if entry is None:
            self._by_id[link.id] = Entry(link, expires_ms, ends_ms)
            return
        entry.link = link
        if entry.expires_ms != expires_ms:
            entry.expires_ms, entry.ends_ms = expires_ms, ends_ms

    def get(self, link_id: str) -> Entry | None:
        self._agenda.ripen()
        return self._by_id.get(link_id)

    def all(self) -> list[Entry]:
        """For whoever looks into the account: the API has no list of links."""
        self._agenda.ripen()
        return list(self._by_id.values())

    def closed(self, entry: Entry) -> Closed | None:
        """Why a link cannot be paid, None when it can."""
        if entry.link.deleted:
            return "deleted"
        if not entry.link.enabled:
            return "disabled"
        if self._clock.now_ms() >= entry.ends_ms:
            return "expired"
        return "paid" if entry.payments and not entry.link.multiple_use else None
