"""`cardinity chargebacks`: what the gateway says of chargebacks at this moment. Asks the gateway, and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import click

from cardinity_client import CardinityClient, GatewayReadError, Rdr
from cardinity_client.client import PAGE_MAX
from cardinity_client.models.disputes import Dispute
from cardinity_client.settings import ClientSettings
from producers.contract.fields import ACCOUNT_DEFAULT, read_account, read_payment_id
from producers.contract.form import Form
from producers.errors import InvalidCommand
from producers.gateway_records import dispute_record
from workers.cli.shell.environment import settings_here
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking


@click.command("chargebacks")
@click.option("--payment-id", metavar="UUID", help="Those of this payment, and its RDR records.")
@click.option("--limit", type=click.IntRange(1, PAGE_MAX), default=PAGE_MAX, show_default=True, help="The newest N.")
@click.option("--account", default=ACCOUNT_DEFAULT, show_default=True, help="The merchant account.")
@speaking
def command(screen: Screen, payment_id: str | None, limit: int, account: str) -> None:
    """What the gateway says of chargebacks.

    The account's newest, or those of one payment, newest first: one JSON line each with --json. Rows that cannot be
    read are counted on stderr. Needs the gateway's credentials, and no Redis.
    """
    form = Form({"payment_id": payment_id, "account": account})
    form.read("account", read_account)
    form.read_if_given("payment_id", read_payment_id)
    if form.errors:
        raise InvalidCommand(form.errors)
    disputes, unread = asyncio.run(_asked(screen, settings_here().client_settings(account), payment_id, limit))
    for record in map(dispute_record, disputes):
        screen.result(record, _as_text(record))
    if not disputes:
        screen.none("the gateway lists no chargebacks")
    if unread:
        screen.say(f"{unread} more cannot be read")


async def _asked(
    screen: Screen, settings: ClientSettings, payment_id: str | None, limit: int
) -> tuple[Sequence[Dispute], int]:
    """The disputes, and how many rows nobody could read."""
    async with CardinityClient(settings) as gateway:
        if payment_id is None:
            listed = await gateway.list_chargebacks(limit)
            return listed.items, listed.unparsed
        listed = await gateway.list_payment_chargebacks(payment_id)
        rdrs, unread = await _rdrs(screen, gateway, payment_id)
        return (*listed.items[:limit], *rdrs[:limit]), listed.unparsed + unread


async def _rdrs(screen: Screen, gateway: CardinityClient, payment_id: str) -> tuple[Sequence[Rdr], int]:
    """It is not known whether the gateway lists them; if it does not, the chargebacks are told all the same."""
    try:
        listed = await gateway.list_rdrs(payment_id)
    except GatewayReadError as error:
        screen.say(f"RDR records are not told: {error}")
        return (), 0
    return listed.items, listed.unparsed


def _as_text(record: Mapping[str, object]) -> str:
    """One line for people: ids are whole, to be copied."""
    order = f" of order {record['order_id']}" if record["order_id"] else ""
    why = f": {record['reason']}" if record["reason"] else ""
    money = f"{record['amount']} {record['currency']}"
    what = f"{record['kind']} {record['id']} {record['status']}"
    return f"{record['created']} {what}, {money}, payment {record['payment_id']}{order}{why}"
