"""`cardinity parked`: orders of which nobody can find out by machine what became of them."""

from __future__ import annotations

import asyncio

import click

from cardinity_client import CardinityClient, Payment
from cardinity_client.models.follow_ups import FollowUp
from producers.runtime.ledger.record import Record
from producers.runtime.settings import Settings
from workers.accounts.merchant import verdict_rules
from workers.cli.desk import REHEARSED, at_desk, dry_run
from workers.cli.exit_codes import ExitCode
from workers.cli.failures import CommandError
from workers.cli.output import Screen
from workers.cli.program import speaking
from workers.cli.reading import rfc3339, settings_here
from workers.cli.story import duration
from workers.operations import evidence, resolving
from workers.operations.evidence import Evidence


@click.group("parked")
def command() -> None:
    """Orders that wait for a human: see the evidence, and decide.

    A payment that turns up in the gateway's list still ends its order by itself.
    """


@command.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="The longest waiting N.")
@speaking
def listed(screen: Screen, limit: int) -> None:
    """The orders, the longest waiting first, with their money and why nobody knows."""
    with at_desk(settings_here()) as desk:
        now_ms = desk.now_ms()
        for record in evidence.parked(desk, limit):
            screen.result(_record(record, now_ms), _as_text(record, now_ms))


@command.command("show")
@click.argument("order_id")
@speaking
def show(screen: Screen, order_id: str) -> None:
    """One order, what the mirror has kept of it, and what the gateway shows now under its reference."""
    settings = settings_here()
    with at_desk(settings) as desk:
        known = evidence.known(desk, order_id)
        found = asyncio.run(_shown(settings, known))
    screen.result(
        {
            **_record(found.record, found.now_ms),
            "evidence": found.record.text("evidence"),
            "mirror": [{"payment_id": row.payment_id, "row": row.text} for row in found.rows],
            "gateway": [_made(made) for made in found.made],
        },
        _as_text(found.record, found.now_ms),
    )
    if not screen.as_json:
        screen.result({}, f"evidence: {found.record.text('evidence') or 'none'}")
        for row in found.rows:
            screen.result({}, f"mirror: {row.payment_id} {row.text}")
        for made in found.made:
            screen.result({}, f"gateway: {' '.join(map(str, _made(made).values()))}")
        if not found.made:
            screen.result({}, "gateway: nothing under the order's reference")


@command.command("resolve")
@click.argument("order_id")
@click.option(
    "--approved", metavar="PAYMENT_ID", help="The gateway's payment, refund, settlement or void is the order's."
)
@click.option("--not-charged", is_flag=True, help="Nothing was charged, and nothing will be.")
@click.option("--because", default="", metavar="TEXT", help="With --not-charged: how you know.")
@click.option("--new-attempt", is_flag=True, help="Not available: hand in an order of another name instead.")
@dry_run
@speaking
def resolve(
    screen: Screen,
    order_id: str,
    approved: str | None,
    not_charged: bool,
    because: str,
    new_attempt: bool,
    dry_run: bool,
) -> None:
    """Record what a human knows of a parked order. The gateway is asked before it is believed.

    --approved wants a payment that is approved and has the order's reference, amount, currency and card. --not-charged
    is refused while the gateway or the mirror shows one, and before ABSENCE_HORIZON_S is over. Writes to the ledger, so
    it needs a worker's password.
    """
    if sum((bool(approved), not_charged, new_attempt)) != 1:
        raise click.UsageError("give one of --approved, --not-charged and --new-attempt")
    if new_attempt:
        raise CommandError("not_available", resolving.NEW_ATTEMPT, ExitCode.DATA)
    settings = settings_here()
    rules = verdict_rules(settings)
    with at_desk(settings, rehearsal=dry_run) as desk:
        known = evidence.known(desk, order_id)
        found = asyncio.run(_shown(settings, known, approved or ""))
        if approved:
            resolved = resolving.approve(desk, found, approved, rules)
        else:
            resolved = resolving.not_charged(desk, found, because, rules)
    told = {"order_id": order_id, "state": resolved.state, "payment_id": resolved.payment_id or None}
    more = f", {resolved.duplicates} more charges of it were seen: an alarm" if resolved.duplicates else ""
    screen.result(
        {**told, "duplicates": resolved.duplicates, "dry_run": dry_run},
        f"{order_id}: {resolved.state}{more}{REHEARSED if dry_run else ''}",
    )


async def _shown(settings: Settings, known: Evidence, named: str = "") -> Evidence:
    async with CardinityClient(settings.client_settings(known.record.lane)) as gateway:
        return await evidence.shown(known, gateway, named)


def _record(record: Record, now_ms: int) -> dict[str, object]:
    return {
        "order_id": record.order_id,
        "kind": record.kind or "charge",
        "amount": record.amount.text,
        "currency": record.amount.currency,
        "account": record.lane,
        "reference": record.ref,
        "reason": record.text("reason"),
        "since": rfc3339(record.number("since")),
        "age_s": max(0, now_ms - record.number("since")) // 1000,
        "sent_at": rfc3339(record.intent_at_ms),
    }


def _as_text(record: Record, now_ms: int) -> str:
    age = duration(now_ms - record.number("since"))
    what = f"{record.kind or 'charge'} of {record.amount.text} {record.amount.currency}"
    return f"{record.order_id} {record.text('reason')}, {what}, account {record.lane}, parked for {age}"


def _made(made: Payment | FollowUp) -> dict[str, object]:
    """One thing that the gateway shows, as it is told. A void has no amount of its own."""
    amount = getattr(made, "amount", None)
    return {
        "payment_id": made.id,
        "status": made.status,
        "amount": amount.text if amount else "",
        "currency": amount.currency if amount else "",
        "created": made.created_at.isoformat(),
    }
