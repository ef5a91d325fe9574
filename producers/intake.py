"""From what a caller gives to what the ledger is asked: parsed wishes, sealed acceptances. No I/O once it is made."""

from __future__ import annotations

import time
from collections.abc import Mapping

from producers.acceptance import Acceptance, prepare
from producers.contract.commands import parse_charge
from producers.contract.follow_ups import parse_follow_up
from producers.contract.links import parse_link
from producers.contract.wishes import Wish
from producers.runtime.settings import Settings
from producers.vault import Sealer


class Intake:
    """What both faces of the API know. Key files are read once, when it is made."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.sealer = Sealer.from_settings(settings)

    def charge(self, fields: Mapping[str, object]) -> Acceptance:
        """The acceptance of the charge that the fields mean. Raises InvalidCommand."""
        now_ms = int(time.time() * 1000)
        return self.acceptance_of(parse_charge(fields, now_ms=now_ms, mode=self.settings.cardinity_mode))

    def follow_up(self, kind: str, fields: Mapping[str, object]) -> Acceptance:
        """The acceptance of what the fields mean for that kind (`names.FOLLOW_UPS`). Raises InvalidCommand."""
        return self.acceptance_of(parse_follow_up(kind, fields, now_ms=int(time.time() * 1000)))

    def link(self, fields: Mapping[str, object]) -> Acceptance:
        """The acceptance of the link that the fields mean. Raises InvalidCommand."""
        return self.acceptance_of(parse_link(fields, now_ms=int(time.time() * 1000)))

    def acceptance_of(self, order: Wish, batch: str = "") -> Acceptance:
        """The acceptance of a parsed order; it expires after ORDER_TTL_S unless it says otherwise."""
        now_ms = int(time.time() * 1000)
        grace_ms = int(self.settings.due_grace_s * 1000)
        if order.expires_at_ms is None:
            order = order.expiring(now_ms + int(self.settings.order_ttl_s * 1000))
        return prepare(order, self.sealer, now_ms=now_ms, grace_ms=grace_ms, batch=batch)
