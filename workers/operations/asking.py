"""Asks the gateway for the evidence of a parked order, in every merchant account that may hold its money.

That is the account in its row. A rebuilt order whose log is lost has none there: then it is every account, because a
payment in any of them is the order's, and only all of them together show that there is none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from cardinity_client import CardinityClient
from cardinity_client.errors import PaymentNotFound
from producers.runtime.ledger.record import Record
from producers.runtime.settings import Settings
from workers.operations import evidence
from workers.operations.evidence import Evidence


def accounts_of(record: Record, settings: Settings) -> tuple[str, ...]:
    """The accounts that may hold its money."""
    return (record.lane,) if record.text("lane") or not record.was_rebuilt else settings.accounts


async def ask(settings: Settings, known: Evidence, named: str = "") -> Evidence:
    """The evidence with what the gateway shows; `named` is a payment that an operator says is the order's. The record
    is of the account that shows something.

    Raises:
        OperationRefused: as `evidence.shown`.
        GatewayReadError: an account could not be read.
        SettingsError: an account is not listed, or has no credentials here.
    """
    accounts = accounts_of(known.record, settings)
    if len(accounts) == 1:
        return await _one(settings, accounts[0], known, named)
    found = await asyncio.gather(*(_unless_elsewhere(settings, account, known, named) for account in accounts))
    by_account = {account: each for account, each in zip(accounts, found, strict=True) if each}
    if not by_account:
        return await _one(settings, accounts[0], known, named)
    return _together(known, by_account, named)


async def _one(settings: Settings, account: str, known: Evidence, named: str) -> Evidence:
    async with CardinityClient(settings.client_settings(account)) as gateway:
        return await evidence.shown(known, gateway, named)


async def _unless_elsewhere(settings: Settings, account: str, known: Evidence, named: str) -> Evidence | None:
    """None where what the order follows is no payment of this account."""
    try:
        return await _one(settings, account, known, named)
    except PaymentNotFound:
        return None


def _together(known: Evidence, found: Mapping[str, Evidence], named: str) -> Evidence:
    showing = [account for account, each in found.items() if each.made]
    naming = [account for account in showing if any(made.id == named for made in found[account].made)]
    account = next(iter((*naming, *showing)), "")
    return replace(
        known,
        record=known.record.through(account) if account else known.record,
        made=tuple(made for each in found.values() for made in each.made),
        settled=tuple(payment_id for each in found.values() for payment_id in each.settled),
        whole=all(each.whole for each in found.values()),
    )
