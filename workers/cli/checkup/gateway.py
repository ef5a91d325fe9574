"""The gateway: whether it takes our credentials, is of the mode that is meant, and agrees about the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx

from cardinity_client import CardinityClient, ClientSettings, GatewayReadError, ReadUnavailable
from cardinity_client.transport import Http1Transport
from producers.runtime.accounts import MerchantAccount, unreadable
from producers.runtime.settings import Settings
from workers.cli.checkup.finding import Finding, ahead_s, clock

#: Seconds by which an HTTP Date is coarse.
DATE_COARSE_S = 1.0


def of_gateway(settings: Settings) -> Iterator[Finding]:
    """Whether the gateway takes the credentials of each account, is of the right mode, and agrees about the time."""
    for account in settings.merchants:
        yield from _of_account(settings, account, "" if settings.accounts_file is None else f" {account.name}")


def _of_account(settings: Settings, account: MerchantAccount, name: str) -> Iterator[Finding]:
    check = f"gateway{name}"
    if problems := unreadable([account]):
        if name:
            yield from (Finding(check, "wrong", f"{p.field}: {p.message}", "put it there") for p in problems)
        else:
            mend = "workers need CARDINITY_CONSUMER_KEY and _SECRET"
            yield Finding(check, "note", "not asked: no credentials here", mend)
        return
    try:
        live, skew_s = asyncio.run(_ask_gateway(settings.client_settings(account.name)))
    except ReadUnavailable as error:
        mend = f"is {account.base_url} right, and the way free?"
        yield Finding(check, "unreachable", error.message, mend)
        return
    except GatewayReadError as error:
        where = f"{account.key.setting} and {account.secret.setting}"
        yield Finding(check, "wrong", error.message, f"check {where}, and that they belong to this address")
        return
    yield Finding(check, "ok", f"{account.base_url} takes the credentials")
    if live is not None and live != (settings.cardinity_mode == "live"):
        found = "live" if live else "test"
        message = f"the credentials are of a {found} account, CARDINITY_MODE is {settings.cardinity_mode}"
        yield Finding(check, "wrong", message, "give the credentials of the account that is meant")
    if skew_s is not None:
        yield clock(f"clock gateway{name}", skew_s, settings.clock_skew_s + DATE_COARSE_S)


async def _ask_gateway(client_settings: ClientSettings) -> tuple[bool | None, float | None]:
    """Whether the account is live, and how far the gateway's clock is ahead (s); None if it does not tell."""
    dated = _Dated(client_settings)
    async with CardinityClient(client_settings, transport=dated) as client:
        page = await client.list_payments(1)
    live = page.payments[0].live if page.payments else None
    return live, dated.skew_s


class _Dated(Http1Transport):
    """Reads the Date of what passes through."""

    skew_s: float | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked_s = time.time()
        response = await super().handle_async_request(request)
        if date := response.headers.get("date"):
            try:
                self.skew_s = ahead_s(parsedate_to_datetime(date).timestamp(), asked_s)
            except ValueError:
                self.skew_s = None
        return response
