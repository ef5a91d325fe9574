"""`cardinity charge`: one charge. Cards, and what the bank is told of customers, come from files or stdin, never from
arguments.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from producers.acceptance import Order
from producers.contract import states
from producers.contract.commands import BRIDGE, parse_charge, warnings_of
from producers.contract.continuation import ContinuationV2
from producers.contract.fields import DIRECT, TWO_PHASE
from producers.contract.names import FOLLOW_UPS
from producers.contract.strict_json import BYTES_MAX, decode_json_object
from producers.enqueue import Enqueuer
from producers.errors import WaitTimeout
from producers.order_records import as_record
from producers.runtime.settings import Settings
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.output import Screen
from workers.cli.shell.seconds import Seconds
from workers.cli.shell.speaking import speaking

#: Seconds `--wait` waits unless told otherwise: an attempt at its longest, and some for the way there.
WAIT_S = 60.0


@click.command("charge")
@click.option("--order-id", required=True, help="Your name of the order; the same again is no second charge.")
@click.option("--amount", required=True, help='Like "10.00".')
@click.option("--currency", required=True, help="ISO 4217, like EUR.")
@click.option("--country", required=True, help="The customer's, ISO 3166-1 alpha-2, like LT.")
@click.option("--description", help="What you call the purchase.")
@click.option("--card-file", metavar="F|-", help="JSON with pan, exp_month, exp_year, cvc, holder; - reads stdin.")
@click.option("--token", help="Charge the card of this token instead; its CVC comes from --card-file, alone.")
@click.option("--payment-id", metavar="UUID", help="Charge the card of this earlier payment instead.")
@click.option("--account", help="The merchant account, if there are several.")
@click.option(
    "--threeds-file", metavar="F|-", help="JSON as the gateway's threeds2_data: the bank may ask the customer."
)
@click.option("--no-settle", is_flag=True, help='Only hold the amount; "0.00" checks the card.')
@click.option(
    "--two-phase/--direct",
    default=None,
    help="Hold the amount, then settle that hold, or take it at once; else as the account takes charges.",
)
@click.option("--statement-descriptor-suffix", metavar="TEXT", help="Behind your name on the customer's statement.")
@click.option("--backup-card-file", metavar="F|-", help="As --card-file: charged when the bank has declined the first.")
@click.option("--backup-token", metavar="TOKEN", help="As --token: charged then.")
@click.option("--backup-payment-id", metavar="UUID", help="Charge the card of this earlier payment then.")
@click.option(
    "--needs-customer",
    metavar=BRIDGE,
    help=f'"{BRIDGE}": make a payment link of a decline that only the customer can mend.',
)
@click.option("--customer", metavar="NAME", help="Your own name of the customer, for risk rules.")
@click.option("--customer-ip", metavar="IP", help="The address the customer came from, for risk rules.")
@click.option("--wait", is_flag=True, help="Wait for the outcome and exit with what it is.")
@click.option("--timeout-s", type=Seconds(), default=WAIT_S, show_default=True, help="Of --wait.")
@speaking
def command(
    screen: Screen,
    card_file: str | None,
    token: str | None,
    threeds_file: str | None,
    no_settle: bool,
    backup_card_file: str | None,
    backup_token: str | None,
    backup_payment_id: str | None,
    two_phase: bool | None,
    wait: bool,
    timeout_s: float,
    **fields: str | None,
) -> None:
    """Accept one charge.

    Answers once the order is on the ledger's disk; called again with the same content it tells how the order
    stands. With --wait the exit code is the outcome: 0 approved, 10 declined, 11 no money moved, 12 open. An order
    whose customer must be sent to the bank is open, and waits for `cardinity finalize`; so is one whose customer must
    pay on a link.
    """
    if [card_file, threeds_file, backup_card_file].count("-") > 1:
        raise click.UsageError("only one of --card-file, --threeds-file and --backup-card-file can be stdin")
    settings = Settings.for_producer(os.environ)
    given: dict[str, object] = {name: value for name, value in fields.items() if value is not None}
    if no_settle:
        given["settle"] = False
    if two_phase is not None:
        given["mode"] = TWO_PHASE if two_phase else DIRECT
    if threeds_file is not None:
        given["threeds2_data"] = read_card(threeds_file)
    if backup := _instrument(backup_card_file, backup_token, backup_payment_id):
        given["backup"] = backup
    nested = _instrument(card_file, token, None)
    card = {"payment_instrument": nested} if nested else {}
    # Once before anything is opened: a wrong field is told without Redis, and at once.
    mode = settings.cardinity_mode
    charge = parse_charge({**given, **card}, now_ms=int(time.time() * 1000), mode=mode)
    for warning in warnings_of(charge, mode=mode):
        screen.say(f"warning: {warning.field}: {warning.message} ({warning.code})")
    with Enqueuer(settings) as enqueuer:
        tell(screen, enqueuer, enqueuer.charge(**given, **card), wait=wait, timeout_s=timeout_s)


def _instrument(card_file: str | None, token: str | None, payment_id: str | None) -> dict[str, object]:
    """An instrument as one object; what is several is refused with the other fields."""
    names = {"token": token, "payment_id": payment_id}
    card = {} if card_file is None else read_card(card_file)
    return {**card, **{name: value for name, value in names.items() if value is not None}}


def tell(screen: Screen, enqueuer: Enqueuer, order: Order, *, wait: bool, timeout_s: float) -> None:
    """Show how the order stands; with `wait` once it has ended, and exit with what became of it."""
    if wait and not order.final:
        screen.say(f"{order.order_id}: {order.state}, waiting for the outcome")
        order = awaited(enqueuer, order, timeout_s)
    screen.result(as_record(order), as_text(order))
    if wait:
        click.get_current_context().exit(exit_code_of(order.state))


def read_card(name: str) -> dict[str, object]:
    """The fields of a file with card or customer; `-` is stdin.

    Raises:
        InvalidCommand: it is not one JSON object. Its text is never repeated.
    """
    if name == "-":
        data = sys.stdin.buffer.read(BYTES_MAX + 1)
    else:
        with Path(name).open("rb") as file:
            data = file.read(BYTES_MAX + 1)
    return decode_json_object(data)


def exit_code_of(state: str) -> ExitCode:
    """What `--wait` exits with for an order in this state."""
    match state:
        case states.APPROVED:
            return ExitCode.OK
        case states.DECLINED:
            return ExitCode.DECLINED
        case states.REJECTED | states.EXPIRED | states.CANCELLED | states.NOT_CHARGED:
            return ExitCode.NOT_CHARGED
        case _:
            return ExitCode.OPEN


def awaited(enqueuer: Enqueuer, order: Order, timeout_s: float, *, or_asked: bool = True) -> Order:
    """The order once it has ended, its customer is wanted, or the time is over."""
    try:
        return enqueuer.wait(order.order_id, timeout_s, or_asked=or_asked)
    except WaitTimeout:
        return enqueuer.get(order.order_id)


def as_text(order: Order) -> str:
    """The order as people get it. What follows a payment says so: an approved refund is no approved payment."""
    follows = f"{order.kind} " if order.kind in FOLLOW_UPS else ""
    why = order.error or order.reason or ("" if order.settle or order.state != states.APPROVED else "held, not taken")
    payment = f", {'of ' if follows else ''}payment {order.payment_id}" if order.payment_id else ""
    return f"{order.order_id}: {follows}{order.state}{f' ({why})' if why else ''}{payment}{_asked(order)}"


def _asked(order: Order) -> str:
    """Where its customer must be sent, if that is due."""
    if order.successor and order.link_url:
        return f"\nthe customer must pay at {order.link_url}"
    match order.continuation:
        case None:
            return ""
        case ContinuationV2(acs_url, creq):
            return f"\nthe customer must post creq to {acs_url}\ncreq: {creq}"
        case step:
            return f"\nthe customer must post data, as PaReq, to {step.url}\ndata: {step.data}"
