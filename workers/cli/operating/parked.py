"""`cardinity parked`: orders of which nobody can find out by machine what became of them."""

from __future__ import annotations

import asyncio

import click

from cardinity_client import Payment
from cardinity_client.models.follow_ups import FollowUp
from producers.contract import names
from producers.moments import rfc3339
from producers.runtime.ledger import keys
from producers.runtime.ledger.record import Record
from workers.accounts.merchant import verdict_rules
from workers.cli.shell.environment import settings_here
from workers.cli.shell.output import Screen
from workers.cli.shell.rehearsal import REHEARSED, dry_run
from workers.cli.shell.speaking import speaking
from workers.operations import evidence, reattempting, resolving
from workers.operations.asking import ask
from workers.operations.opening import at_desk
from workers.operations.reading import refuse_forgotten
from workers.operations.reattempting import Attempt
from workers.operations.story import duration


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
    settings = settings_here()
    with at_desk(settings) as desk:
        now_ms, waiting = desk.now_ms(), evidence.parked(desk, limit)
        if not waiting:
            refuse_forgotten(desk.ledger.read("GET", keys.EPOCH), settings)
    for record in waiting:
        screen.result(_record(record, now_ms), _as_text(record, now_ms))
    if not waiting:
        screen.none("nothing is parked")


@command.command("show")
@click.argument("order_id")
@speaking
def show(screen: Screen, order_id: str) -> None:
    """One order, what the mirror has kept of it, and what the gateway shows now under its reference."""
    settings = settings_here()
    with at_desk(settings) as desk:
        known = evidence.known(desk, order_id)
        found = asyncio.run(ask(settings, known))
    screen.result(
        {
            **_record(found.record, found.now_ms),
            "evidence": found.record.text("evidence"),
            "proposal": _proposal(found.record),
            "mirror": [{"payment_id": row.payment_id, "row": row.text} for row in found.rows],
            "gateway": [_made(made) for made in found.made],
        },
        _as_text(found.record, found.now_ms),
    )
    if not screen.as_json:
        screen.result({}, _sought(found.record))
        screen.result({}, f"evidence: {found.record.text('evidence') or 'none'}")
        if proposal := _proposal(found.record):
            screen.result({}, f"new attempt: {' '.join(map(str, proposal.values()))}")
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
@click.option(
    "--new-attempt",
    is_flag=True,
    help="Nothing was charged, and the order is to be sent once more. Takes another operator, with --confirm.",
)
@click.option("--confirm", is_flag=True, help="With --new-attempt: another operator has proposed it, and it is done.")
@click.option("--because", default="", metavar="TEXT", help="With --not-charged and --new-attempt: how you know.")
@dry_run
@speaking
def resolve(
    screen: Screen,
    order_id: str,
    approved: str | None,
    not_charged: bool,
    new_attempt: bool,
    confirm: bool,
    because: str,
    dry_run: bool,
) -> None:
    """Record what a human knows of a parked order. The gateway is asked before it is believed.

    --approved wants a payment that is approved and has the order's reference, amount, currency and card. --not-charged
    is refused while the gateway or the mirror shows one, and before ABSENCE_HORIZON_S is over; so is --new-attempt, for
    charges by an earlier payment alone. One operator proposes it, and another one confirms within 30 minutes. Writes to
    the ledger, so it needs a worker's password.
    """
    if sum((bool(approved), not_charged, new_attempt)) != 1:
        raise click.UsageError("give one of --approved, --not-charged and --new-attempt")
    if confirm and not new_attempt:
        raise click.UsageError("--confirm goes with --new-attempt")
    settings = settings_here()
    rules = verdict_rules(settings)
    with at_desk(settings, rehearsal=dry_run) as desk:
        known = evidence.known(desk, order_id)
        found = asyncio.run(ask(settings, known, approved or ""))
        if new_attempt:
            attempt = (reattempting.confirm if confirm else reattempting.propose)(desk, found, because, rules)
            _tell_attempt(screen, attempt, dry_run=dry_run)
            return
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


def _tell_attempt(screen: Screen, attempt: Attempt, *, dry_run: bool) -> None:
    if attempt.until_ms:
        text = f"proposed to send it once more; another operator confirms it until {rfc3339(attempt.until_ms)}"
    else:
        text = f"{attempt.state}, {attempt.successor} goes on for it"
    screen.result(
        {
            "order_id": attempt.order_id,
            "state": attempt.state,
            "successor": attempt.successor,
            "confirm_until": rfc3339(attempt.until_ms) if attempt.until_ms else None,
            "dry_run": dry_run,
        },
        f"{attempt.order_id}: {text}{REHEARSED if dry_run else ''}",
    )


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


def _proposal(record: Record) -> dict[str, object]:
    """Who would have it sent once more, since when, until when another may confirm it, and why."""
    if not (by := record.text("proposed_by")):
        return {}
    at_ms = record.number("proposed_at")
    until = rfc3339(at_ms + reattempting.PROPOSAL_MS)
    return {"by": by, "at": rfc3339(at_ms), "until": until, "because": record.text("proposal")}


def _as_text(record: Record, now_ms: int) -> str:
    age = duration(now_ms - record.number("since"))
    what = f"{record.kind or 'charge'} of {record.amount.text} {record.amount.currency}"
    if record.kind == names.VOID:  # it has no amount of its own
        what = names.VOID
    return f"{record.order_id} {record.text('reason')}, {what}, account {record.lane}, parked for {age}"


def _sought(record: Record) -> str:
    """By what somebody finds it in the gateway's back office."""
    card = f", a card that ends in {record.text('last4')}" if record.text("last4") else ""
    return f"look for: {record.ref}{card}, sent at {rfc3339(record.intent_at_ms)}"


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
