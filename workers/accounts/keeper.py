"""Keeps one account's key fit: takes the new secret when its file is replaced, and opens a lane whose key was refused.

Whether the gateway takes a key is tried with a read, never with an order: a charge that is refused for its key is not
lost, but it has left, and stays with the account that it left for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cardinity_client import CardinityClient, GatewayReadError
from producers.runtime.accounts import MerchantAccount
from producers.runtime.settings_kinds import Refused
from workers.accounts.hearing import AccountWatcher
from workers.stamps import Stamp, stamp

#: Seconds between two looks at the files of the credentials.
LOOK_EVERY_S = 1.0
#: A key that is refused again within so many pauses after it was taken is tried as rarely as before.
RELAPSE = 4

_Seen = tuple[Stamp | None, ...]


class KeyKeeper:
    """One account's, in one process. `first_s` and `most_s` bound the time between two tries of a refused key."""

    def __init__(
        self,
        account: MerchantAccount,
        client: CardinityClient,
        watcher: AccountWatcher,
        *,
        reopen: Callable[[], None],
        first_s: float,
        most_s: float,
    ) -> None:
        self._account = account
        self._client = client
        self._watcher = watcher
        self._reopen = reopen
        self._first_s, self._most_s = first_s, most_s
        self._key = account.credentials()
        self._seen = _look(account.files)
        self._refused = asyncio.Event()
        self._pause_s = first_s
        self._opened_at = float("-inf")

    def refused(self, why: str) -> None:
        """The gateway has refused the key, and the lane is closed."""
        now = asyncio.get_running_loop().time()
        relapsed = now - self._opened_at < RELAPSE * self._most_s
        self._pause_s = min(self._pause_s * 2, self._most_s) if relapsed else self._first_s
        self._refused.set()
        self._watcher.account_paused(self._account.name, why, self._key.consumer_key)

    async def run(self) -> None:
        """Watch until cancelled."""
        loop = asyncio.get_running_loop()
        try_at = loop.time()
        while True:
            if not self._refused.is_set():
                await self._rest_unless_refused()
                try_at = loop.time() + self._pause_s
            replaced = self._take_what_was_replaced()
            if not self._refused.is_set():
                continue
            if replaced or loop.time() >= try_at:
                await self._try()
                self._pause_s = min(self._pause_s * 2, self._most_s)
                try_at = loop.time() + self._pause_s
            elif self._refused.is_set():
                await asyncio.sleep(min(LOOK_EVERY_S, max(0.0, try_at - loop.time())))

    async def _rest_unless_refused(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._refused.wait()

    def _take_what_was_replaced(self) -> bool:
        """Whether there are other credentials now than before; the client signs with them from here on."""
        seen = _look(self._account.files)
        if seen == self._seen:
            return False
        self._seen = seen
        try:
            found = self._account.credentials()
        except Refused as refusal:
            self._watcher.trouble("account", refusal.code, "")
            return False
        if found == self._key:
            return False
        self._key = found
        self._client.rekey(found.consumer_key, found.consumer_secret)
        return True

    async def _try(self) -> None:
        try:
            await self._client.list_payments(1)
        except GatewayReadError:
            return
        self._refused.clear()
        self._opened_at = asyncio.get_running_loop().time()
        self._reopen()
        self._watcher.account_resumed(self._account.name)


def _look(files: tuple[Path, ...]) -> _Seen:
    """What tells one content of these files from the next without reading them."""
    return tuple(stamp(path) for path in files)
