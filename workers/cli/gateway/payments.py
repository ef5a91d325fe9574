"""`cardinity payments`: what the gateway says of payments at this moment. Asks the gateway, and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import click

from cardinity_client import CardinityClient
from cardinity_client.client import PAGE_MAX
from cardinity_client.models.follow_ups import FollowUp
from cardinity_client.settings import ClientSettings
from producers.contract.fields import ACCOUNT_DEFAULT, read_account, read_payment_id
from producers.contract.form import Form
from producers.errors import InvalidCommand
from producers.gateway_records import follow_up_record, payment_record
from workers.cli.shell.environment import settings_here
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking

_ACCOUNT: Final = click.option("--account", default=ACCOUNT_DEFAULT, show_default=True, help="The merchant account.")


@click.group("payments")
def command() -> None:
    """What the gateway says of payments, and of what followed them.

    How an order ended is told by `cardinity explain`. One JSON line each with --json. Needs the gateway's credentials,
    and no Redis.
    """


@command.command("list")
@click.option("--limit", type=click.IntRange(1, PAGE_MAX), default=PAGE_MAX, show_default=True, help="The newest N.")
@_ACCOUNT
@speaking
def newest(screen: Screen, limit: int, account: str) -> None:
    """The account's newest payments, newest first. Rows that cannot be read are counted on stderr."""

    async def asked() -> None:
        async with CardinityClient(_settings(account)) as gateway:
            page = await gateway.list_payments(limit)
        for record in map(payment_record, page.payments):
            screen.result(record, _as_text(record))
        _say_unread(screen, page.unparsed)

    asyncio.run(asked())


@command.command("show")
@click.argument("payment_id")
@_ACCOUNT
@speaking
def show(screen: Screen, payment_id: str, account: str) -> None:
    """One payment."""

    async def asked() -> None:
        async with CardinityClient(_settings(account, payment_id)) as gateway:
            record = payment_record(await gateway.get_payment(payment_id))
        screen.result(record, _as_text(record))

    asyncio.run(asked())


@command.command("follow-ups")
@click.argument("payment_id")
@_ACCOUNT
@speaking
def follow_ups(screen: Screen, payment_id: str, account: str) -> None:
    """The refunds of a payment, or the settlements and voids of a hold."""

    async def asked() -> None:
        async with CardinityClient(_settings(account, payment_id)) as gateway:
            listings = await asyncio.gather(
                gateway.list_refunds(payment_id), gateway.list_settlements(payment_id), gateway.list_voids(payment_id)
            )
        items: list[FollowUp] = [item for listing in listings for item in listing.items]
        for record in map(follow_up_record, items):
            screen.result(record, _as_text(record))
        _say_unread(screen, sum(listing.unparsed for listing in listings))

    asyncio.run(asked())


def _settings(account: str, payment_id: str | None = None) -> ClientSettings:
    """The account's, once what was given can be asked for."""
    form = Form({"account": account, "payment_id": payment_id})
    form.read("account", read_account)
    if payment_id is not None:
        form.read("payment_id", read_payment_id)
    if form.errors:
        raise InvalidCommand(form.errors)
    return settings_here().client_settings(account)


def _say_unread(screen: Screen, count: int) -> None:
    if count:
        screen.say(f"{count} more cannot be read")


def _as_text(record: Mapping[str, object]) -> str:
    """One line for people: ids are whole, to be copied."""
    money = f", {record['amount']} {record['currency']}" if record["amount"] else ""
    order = f", order {record['order_id']}" if record["order_id"] else ""
    why = f": {record['error']}" if record["error"] else ""
    held = " (a hold)" if record.get("type") == "authorization" else ""
    return f"{record['created']} {record['kind']} {record['id']} {record['status']}{held}{money}{order}{why}"
