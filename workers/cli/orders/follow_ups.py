"""`cardinity refund`, `settle` and `void`: one order each that follows a payment."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final

import click

from producers.acceptance import Order
from producers.contract.follow_ups import parse_follow_up
from producers.contract.names import REFUND, SETTLEMENT, VOID
from producers.enqueue import Enqueuer
from producers.runtime.settings import Settings
from workers.cli.orders.charge import tell
from workers.cli.shell.output import Screen
from workers.cli.shell.seconds import Seconds
from workers.cli.shell.speaking import speaking

#: Seconds `--wait` waits unless told otherwise.
WAIT_S: Final = 60.0

_OPTIONS = (
    click.option("--order-id", required=True, help="Your name of it; the same again is no second one."),
    click.option("--payment-id", required=True, metavar="UUID", help="The gateway's id of the payment."),
    click.option("--description", help="Shown at the gateway, before a token that finds it again."),
    click.option("--account", help="The merchant account of the payment, if there are several."),
    click.option("--wait", is_flag=True, help="Wait for the outcome and exit with what it is."),
    click.option("--timeout-s", type=Seconds(), default=WAIT_S, show_default=True, help="Of --wait."),
)
_MONEY = (
    click.option("--amount", required=True, help='Like "10.00".'),
    click.option("--currency", required=True, help="That of the payment, like EUR."),
)


def _command(
    name: str, kind: str, accept: Callable[..., Order], help_text: str, options: tuple[Callable[..., object], ...]
) -> click.Command:
    def run(screen: Screen, wait: bool, timeout_s: float, **fields: str | None) -> None:
        settings = Settings.for_producer(os.environ)
        given = {name: value for name, value in fields.items() if value is not None}
        parse_follow_up(kind, given, now_ms=int(time.time() * 1000))  # a wrong field is told without Redis, and at once
        with Enqueuer(settings) as enqueuer:
            tell(screen, enqueuer, accept(enqueuer, **given), wait=wait, timeout_s=timeout_s)

    made: Callable[..., None] = speaking(run)
    for option in reversed(options):
        made = option(made)
    return click.command(name, help=help_text)(made)


_ENDS: Final = (
    "Answers once the order is on the ledger's disk; called again with the same content it tells how it stands. With"
    " --wait the exit code is the outcome: 0 approved, 10 declined, 11 not made, 12 open."
)

refund = _command(
    "refund",
    REFUND,
    Enqueuer.refund,
    f"Give an approved payment back, all of it or a part.\n\n{_ENDS} More than is left of the payment is rejected"
    " before it is sent.",
    (*_OPTIONS[:2], *_MONEY, *_OPTIONS[2:]),
)
settle = _command(
    "settle",
    SETTLEMENT,
    Enqueuer.settle,
    f"Take what a hold holds, all of it or less.\n\n{_ENDS}",
    (*_OPTIONS[:2], *_MONEY, *_OPTIONS[2:]),
)
void = _command("void", VOID, Enqueuer.void, f"Let a hold go that is not settled.\n\n{_ENDS}", _OPTIONS)
