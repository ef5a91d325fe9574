"""Where messages go that none of our producers can have written: kept for a human, and never acted on."""

from __future__ import annotations

import redis.asyncio

from producers.runtime.card_scanner import contains_card_number
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import LOST
from producers.runtime.ledger.failures import translate

#: Entries kept; a flood of junk must not fill the ledger's memory.
KEPT_MAX = 10_000
#: Bytes kept of one message. Ours have about 250.
BYTES_MAX = 4096


class LedgerQuarantine:
    """A stream in the ledger's database."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client

    async def put(self, raw: bytes, reason: str) -> None:
        """Keep the message with the reason. What looks like card data is dropped and only counted by its size.

        Raises:
            LedgerUnavailable: nothing was kept; offer it again.
        """
        beginning = raw[:BYTES_MAX]
        leaks = contains_card_number(beginning.decode("utf-8", "replace"))
        fields: dict[str, str | bytes | int] = {"reason": reason, "size": len(raw), "card_data": int(leaks)}
        if not leaks:
            fields["beginning"] = beginning
        flat = [part for pair in fields.items() for part in pair]
        try:
            await self._client.execute_command("XADD", keys.QUARANTINE, "MAXLEN", "~", KEPT_MAX, "*", *flat)
        except LOST as error:
            raise translate(error) from None
