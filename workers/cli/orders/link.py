"""`cardinity link`: pages of the gateway's on which somebody pays, one order each."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Final

import click

from cardinity_client import CardinityClient, LinkAnswer, UpdatePaymentLink
from producers.acceptance import Order
from producers.contract.links import parse_link
from producers.enqueue import Enqueuer
from producers.errors import WaitTimeout
from producers.gateway_records import link_record
from producers.link_changes import changed, parse_link_change
from producers.moments import rfc3339
from producers.order_records import as_record
from producers.runtime.settings import Settings
from workers.cli.orders.charge import exit_code_of, tell
from workers.cli.shell.environment import settings_here
from workers.cli.shell.output import Screen
from workers.cli.shell.seconds import Seconds
from workers.cli.shell.speaking import speaking

#: Seconds `--wait` waits unless told otherwise: for an address, not for a customer.
WAIT_S: Final = 60.0


@click.group("link")
def command() -> None:
    """Make, watch, change and withdraw payment links."""


@command.command("create")
@click.option("--order-id", required=True, help="Your name of the order; the same again is no second link.")
@click.option("--amount", required=True, help='Like "10.00".')
@click.option("--currency", required=True, help="ISO 4217, like EUR.")
@click.option("--description", required=True, help="What the customer reads, before a token that finds the payment.")
@click.option("--country", help="The customer's, ISO 3166-1 alpha-2; else the page asks.")
@click.option("--expires-at", metavar="UTC", help='When the link ends, like "2026-02-01T12:00:00Z".')
@click.option("--account", help="The merchant account, if there are several.")
@click.option("--wait", is_flag=True, help="Wait until the link is there.")
@click.option("--timeout-s", type=Seconds(), default=WAIT_S, show_default=True, help="Of --wait.")
@speaking
def create(screen: Screen, wait: bool, timeout_s: float, **fields: str | None) -> None:
    """Accept that a link is made.

    Answers once the order is on the ledger's disk; with --wait once the link has its address, or will have none. The
    order is approved when somebody has paid, and not_charged when it is proven that nobody has.
    """
    settings = Settings.for_producer(os.environ)
    given = {name: value for name, value in fields.items() if value is not None}
    parse_link(given, now_ms=int(time.time() * 1000))  # a wrong field is told without Redis, and at once
    with Enqueuer(settings) as enqueuer:
        order = enqueuer.link(**given)
        if wait:
            order = _awaited(enqueuer, order, timeout_s)
        _show(screen, order)
    if wait and not order.link_url:
        click.get_current_context().exit(exit_code_of(order.state))


@command.command("get")
@click.argument("order_id")
@click.option("--wait", is_flag=True, help="Wait for the outcome and exit with what it is.")
@click.option("--timeout-s", type=Seconds(), default=WAIT_S, show_default=True, help="Of --wait.")
@speaking
def get(screen: Screen, order_id: str, wait: bool, timeout_s: float) -> None:
    """How a link's order stands, and its address."""
    with Enqueuer(Settings.for_producer(os.environ)) as enqueuer:
        order = enqueuer.get(order_id)
        if wait:
            tell(screen, enqueuer, order, wait=wait, timeout_s=timeout_s)
        else:
            _show(screen, order)


@command.command("delete")
@click.argument("order_id")
@speaking
def delete(screen: Screen, order_id: str) -> None:
    """Let nobody begin to pay any more.

    A worker deletes the link. The order ends once it is certain that nobody has paid: a payment that was made before is
    its outcome all the same.
    """
    with Enqueuer(Settings.for_producer(os.environ)) as enqueuer:
        _show(screen, enqueuer.cancel_link(order_id))


@command.command("update")
@click.argument("order_id")
@click.option("--expires-at", metavar="UTC", help='When the link ends from now on, like "2026-02-01T12:00:00Z".')
@click.option("--enable/--disable", "enabled", default=None, help="Whether somebody can pay there.")
@speaking
def update(screen: Screen, order_id: str, expires_at: str | None, enabled: bool | None) -> None:
    """Move a link's end, or switch it on or off.

    Asks the gateway itself, so it needs the merchant account's credentials. Workers notice it at their next look at the
    link, within the hour and always before they say that nobody paid.
    """
    given = {"expires_at": expires_at, "enabled": enabled}
    change = parse_link_change(given, now_ms=int(time.time() * 1000))
    settings = settings_here()
    with Enqueuer(settings) as enqueuer:
        order = enqueuer.get(order_id)
    told = link_record(order.order_id, changed(asyncio.run(_update(settings, order.account, change.asked(order)))))
    open_or_off = "open" if told["enabled"] else "off"
    screen.result(told, f"{order.order_id}: {open_or_off} until {told['link_expires_at']}, {told['link_url']}")


async def _update(settings: Settings, account: str, change: UpdatePaymentLink) -> LinkAnswer:
    async with CardinityClient(settings.client_settings(account)) as client:
        return await client.update_payment_link(change)


def _awaited(enqueuer: Enqueuer, order: Order, timeout_s: float) -> Order:
    try:
        return enqueuer.wait(order.order_id, timeout_s, or_asked=True)
    except WaitTimeout:
        return enqueuer.get(order.order_id)


def _show(screen: Screen, order: Order) -> None:
    why = f" ({order.error or order.reason})" if order.error or order.reason else ""
    until = f" until {rfc3339(order.link_ends_at_ms)}" if order.link_ends_at_ms else ""
    where = f", {order.link_url}{until}" if order.link_url else ""
    screen.result(as_record(order), f"{order.order_id}: {order.state}{why}{where}")
