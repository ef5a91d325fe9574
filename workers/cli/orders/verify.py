"""`cardinity verify`: whether the ledger, what the producer signed, and the gateway tell the same of an order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import click

from cardinity_client import CardinityClient
from producers.acceptance import order_of
from producers.contract.fields import read_order_id
from producers.contract.form import Form
from producers.contract.keys import Producer
from producers.errors import EnvelopeError, InvalidCommand
from producers.gateway_reading import shown_of
from producers.order_records import verification_record
from producers.runtime.accounts import account_named, unreadable
from producers.runtime.ledger.record import Record
from producers.runtime.settings import Settings
from producers.vault import load_producers
from producers.verification import Shown, Verification, verify
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.operations.findings import find
from workers.operations.reading import reading

#: What could be misread as the gateway's word.
_GATEWAY: Final[Mapping[str, str]] = {"none": "not asked, the order names no payment", "not_asked": "not asked"}


@click.command("verify")
@click.argument("order_id")
@speaking
def command(screen: Screen, order_id: str) -> None:
    """Say whether ledger, envelope and gateway tell the same of an order.

    Exits 65 when they do not. What was signed is checked where PRODUCERS_FILE is, the gateway is asked where its
    credentials are.
    """
    form = Form({"order_id": order_id})
    if form.read("order_id", read_order_id) is None:
        raise InvalidCommand(form.errors)
    settings = settings_here()
    with reading(settings.redis_ledger_url, settings) as ledger:
        record = find(ledger, order_id, settings.state_dir).record
    asked = _may_ask(settings, record)
    shown = asyncio.run(_shown(settings, record)) if asked else None
    told = verify(record, _producer(settings, record), shown, mode=settings.cardinity_mode, asked=asked)
    screen.result(verification_record(told), _as_text(told))
    if not told.agrees:
        message = f"order {order_id} is told in different ways: {', '.join(told.fields)}"
        raise CommandError("verification_failed", message, ExitCode.DATA)


def _may_ask(settings: Settings, record: Record) -> bool:
    account = account_named(settings.merchants, record.lane)
    return account is not None and not unreadable([account])


def _producer(settings: Settings, record: Record) -> Producer | None:
    if settings.producers_file is None:
        return None
    try:
        return load_producers(settings.producers_file).find(record.text("producer"))
    except EnvelopeError:  # it is not on the list any more
        return None


async def _shown(settings: Settings, record: Record) -> Shown | None:
    async with CardinityClient(settings.client_settings(record.lane)) as gateway:
        return await shown_of(order_of(record), gateway)


def _as_text(told: Verification) -> str:
    gateway = _GATEWAY.get(told.gateway, told.gateway)
    parts = f"integrity hash {told.integrity}, envelope {told.envelope}, gateway {gateway}"
    differing = f"; differing: {', '.join(told.fields)}" if told.fields else ""
    return f"{told.order_id} {told.state}: {parts}{differing}"
