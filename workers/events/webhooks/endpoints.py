"""An endpoint, as its merchant has set it up. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cardinity_client.secret import Secret
from producers.contract.events import Event
from producers.contract.names import (
    CHARGEBACK_TYPES,
    EVENT_TYPES,
    HOLD_EXPIRING,
    KIND_EVENT_TYPES,
    SPLIT_TYPES,
)

#: Every type of event that there is.
TYPES: Final = frozenset(
    {
        *EVENT_TYPES.values(),
        *KIND_EVENT_TYPES.values(),
        *CHARGEBACK_TYPES.values(),
        *SPLIT_TYPES.values(),
        HOLD_EXPIRING,
    }
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`keys` sign each request, the present one first. `accounts` is empty for all. `local`: on this machine, for play.
    `concurrency` is how many requests it may have at once.
    """

    name: str
    url: str
    host: str
    port: int
    keys: tuple[Secret[bytes], ...]
    types: frozenset[str]
    accounts: frozenset[str]
    enabled: bool
    concurrency: int
    local: bool

    def wants(self, event: Event) -> bool:
        """Whether it is told of that event. One of no account, that of a split, goes to those who have named none."""
        if not self.enabled or str(event.__struct_config__.tag) not in self.types:
            return False
        return not self.accounts or getattr(event.data, "account", None) in self.accounts


#: By name.
Endpoints = Mapping[str, Endpoint]
