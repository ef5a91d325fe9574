"""`cardinity hosted-page`: the form that takes a customer to the gateway's page, and the answer that comes back."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cardinity_client.notifications import hosted_page_form, read_notification
from cardinity_client.notifications.forms import BODY_MAX
from producers.contract.hosted_pages import parse_hosted_page
from producers.gateway_records import hint_record
from producers.runtime.hosted_project import HostedProject
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking


@click.group("hosted-page")
def command() -> None:
    """Sign the form of the hosted page, and read its answer.

    Needs HOSTED_PROJECT_ID and HOSTED_SECRET, and neither Redis nor the gateway. A page is not an order: nothing is
    kept of it, and whoever pays it twice has paid twice. `cardinity link` makes an order.
    """


@command.command("form")
@click.option("--order-id", required=True, help="Your name of what is paid; it comes back in the answer.")
@click.option("--amount", required=True, help='Like "10.00".')
@click.option("--currency", required=True, help="ISO 4217, like EUR.")
@click.option("--country", required=True, help="The customer's, ISO 3166-1 alpha-2, like LT.")
@click.option("--description", required=True, help="What the customer reads.")
@click.option("--return-url", required=True, help="Where the browser brings the answer.")
@click.option("--cancel-url", help="Where the browser goes when the customer gives up.")
@click.option("--notification-url", help="Where the gateway tells the answer by itself.")
@click.option("--language", help="Of the page: two capital letters, like LT.")
@click.option("--email-address", help="The customer's.")
@click.option("--mobile-phone-number", help="The customer's.")
@speaking
def form(screen: Screen, **fields: str | None) -> None:
    """The signed fields, for the customer's browser to post."""
    page = parse_hosted_page({name: value for name, value in fields.items() if value is not None})
    project = _project()
    made = hosted_page_form(page, project_id=project.id, secret=project.secrets[0], action=project.action)
    lines = [f"post to {made.action}", *(f"{name}: {value}" for name, value in made.fields.items())]
    screen.result({"action": made.action, "fields": made.fields}, "\n".join(lines))


@command.command("read")
@click.argument("file", metavar="F|-")
@speaking
def read(screen: Screen, file: str) -> None:
    """What an answer says: the body as it was posted, from a file or stdin.

    It is signed, and only a hint all the same: `cardinity payments show` asks the gateway.
    """
    project = _project()
    told = hint_record(read_notification(_body(file), project_id=project.id, secrets=project.secrets))
    why = f" ({told['error']})" if told["error"] else ""
    money = f"{told['amount']} {told['currency']}"
    screen.result(told, f"{told['order_id']}: {told['status']}{why}, {money}, payment {told['payment_id']}")


def _project() -> HostedProject:
    project = HostedProject.from_settings(settings_here())
    if project is None:
        message = "HOSTED_PROJECT_ID and HOSTED_SECRET are not set"
        raise CommandError("hosted_page_off", message, ExitCode.CONFIG)
    return project


def _body(name: str) -> bytes:
    """The body without the line end that editors leave."""
    if name == "-":
        data = sys.stdin.buffer.read(BODY_MAX + 2)
    else:
        with Path(name).open("rb") as file:
            data = file.read(BODY_MAX + 2)
    return data.removesuffix(b"\n").removesuffix(b"\r")
