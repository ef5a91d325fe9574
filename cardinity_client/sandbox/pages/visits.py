"""One shopper at the checkout: what is to be paid, and with which payment it was tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cardinity_client.sandbox.pages.hosted import HostedRequest
from cardinity_client.sandbox.wire import identity

#: Visits that are remembered; the oldest is forgotten first.
VISITS_MAX: Final = 10_000


@dataclass(slots=True)
class Visit:
    """`order` holds the members of the payment that its page does not ask for. A link has no shop to return to.

    `told` says that the notification is on its way: the shopper's reloading must not send another.
    """

    id: str
    order: Mapping[str, str]
    hosted: HostedRequest | None = None
    link_id: str | None = None
    payment_id: str | None = None
    told: bool = False


class Visits:
    """All shoppers at the checkout."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._count = 0
        self._by_id: dict[str, Visit] = {}

    def open(self, order: Mapping[str, str], hosted: HostedRequest | None = None, link_id: str | None = None) -> Visit:
        """A new visit, with an id that repeats with the seed."""
        self._count += 1
        visit = Visit(identity(self._seed, "visit", self._count), order, hosted, link_id)
        self._by_id[visit.id] = visit
        if len(self._by_id) > VISITS_MAX:
            del self._by_id[next(iter(self._by_id))]
        return visit

    def get(self, visit_id: str) -> Visit | None:
        return self._by_id.get(visit_id)
