"""`cardinity disputes`: which chargebacks were seen, what they stop, and a human's word that it may go on."""

from __future__ import annotations

from collections.abc import Mapping

import click

from cardinity_client.wire import valid_id
from producers.contract.chargebacks import dispute_name
from producers.contract.fields import ACCOUNT_DEFAULT, read_account
from producers.contract.form import Form
from producers.errors import InvalidCommand
from producers.runtime.ledger import disputes, keys
from producers.standing import questions, standing_record, standings
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.rehearsal import REHEARSED, dry_run
from workers.cli.shell.speaking import speaking
from workers.operations.auditing import audited
from workers.operations.reading import reading, refuse_forgotten
from workers.operations.writing import writing


@click.group("disputes")
def command() -> None:
    """Chargebacks that were seen, and the recurring charges that they stop."""


@command.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="The newest N.")
@click.option("--account", default=ACCOUNT_DEFAULT, show_default=True, help="The merchant account.")
@speaking
def show(screen: Screen, limit: int, account: str) -> None:
    """Chargebacks that were told, newest first, with what each of them stops."""
    asked = questions(account)
    settings = settings_here()
    with reading(settings.redis_ledger_url, settings) as ledger:
        book, stopped, epoch = ledger.ask(*asked, ("GET", keys.EPOCH))
    records = [standing_record(standing) for standing in standings(book, stopped)[:limit]]
    if not records:
        refuse_forgotten(epoch, settings)
    for record in records:
        screen.result(record, _as_text(record))
    if not records:
        screen.none("no chargeback was told")


@command.command("lift")
@click.argument("chargeback_id")
@click.option("--account", default=ACCOUNT_DEFAULT, show_default=True, help="The merchant account.")
@dry_run
@speaking
def lift(screen: Screen, chargeback_id: str, account: str, dry_run: bool) -> None:
    """Let recurring charges go on in spite of this chargeback, whatever still comes of it.

    What another chargeback stops as well stays stopped. Orders that were rejected stay rejected. Writes to the
    ledger, so it needs a worker's password.
    """
    _check_account(account)
    settings = settings_here()
    if not valid_id(chargeback_id):
        raise _unknown()
    name = dispute_name(chargeback_id)
    if dry_run:
        with reading(settings.redis_ledger_url, settings) as reader:
            known, stops = reader.ask(("HEXISTS", keys.disputes(account), name), ("HVALS", keys.stopped(account)))
        lifted = sum(by.decode() == name for by in stops) if known else None
    else:
        with writing(settings) as ledger:
            audited(ledger, settings, "dispute.lift", chargeback_id, account=account)
            lifted = ledger.run(disputes.lift(account, name))
    if lifted is None:
        raise _unknown()
    told = {"chargeback_id": chargeback_id, "account": account, "lifted": lifted, "dry_run": dry_run}
    screen.result(told, f"{chargeback_id}: {lifted} stops lifted{REHEARSED if dry_run else ''}")


def _check_account(account: str) -> None:
    form = Form({"account": account})
    form.read("account", read_account)
    if form.errors:
        raise InvalidCommand(form.errors)


def _unknown() -> CommandError:
    message = "no chargeback of this id was seen: `cardinity disputes list` has those that were"
    return CommandError("dispute_unknown", message, ExitCode.NO_INPUT)


def _as_text(record: Mapping[str, object]) -> str:
    """One line for people: ids are whole, to be copied."""
    order = f" of order {record['order_id']}" if record["order_id"] else ""
    stops = f"lifted {record['lifted_at']}" if record["lifted_at"] else f"stops {record['stops']}"
    why = f": {record['reason']}" if record["reason"] else ""
    what = f"{record['chargeback_id']} {record['status']}, {record['amount']} {record['currency']}"
    return f"{record['created']} {what}, payment {record['payment_id']}{order}, {stops}{why}"
