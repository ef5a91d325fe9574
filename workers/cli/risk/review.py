"""`cardinity risk review`: orders that wait until somebody has decided."""

from __future__ import annotations

import click

from producers.contract.risk import kept_in
from producers.errors import OrderUnknown
from producers.moments import rfc3339
from producers.runtime.ledger import risk_calls
from producers.runtime.ledger.record import Record
from producers.runtime.settings import Settings
from workers.cli.risk.looking import looked_up
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.output import Screen
from workers.cli.shell.rehearsal import REHEARSED, dry_run
from workers.cli.shell.speaking import speaking
from workers.operations.auditing import audited
from workers.operations.reading import reading
from workers.operations.writing import writing


@click.group("review")
def review() -> None:
    """Orders that wait for somebody to decide."""


@review.command("list")
@speaking
def listed(screen: Screen) -> None:
    """List the orders that wait, the one whose time is over first at the top."""
    settings = settings_here()
    with reading(settings.redis_ledger_url, settings) as ledger:
        (waiting,) = ledger.ask(("ZRANGE", risk_calls.REVIEWS, 0, -1, "WITHSCORES"))
        for name, until_ms in zip(waiting[::2], waiting[1::2], strict=True):
            record, status = looked_up(ledger, name.decode())
            if status == "waiting" and record.state in ("accepted", "claimed"):
                _tell_waiting(screen, record, int(float(until_ms)))


@review.command("approve")
@click.argument("order_id")
@dry_run
@speaking
def approve(screen: Screen, order_id: str, dry_run: bool) -> None:
    """Let the order go on: it is sent as any."""
    _decide(screen, order_id, "approved", "review.approve", dry_run=dry_run)


@review.command("reject")
@click.argument("order_id")
@dry_run
@speaking
def reject(screen: Screen, order_id: str, dry_run: bool) -> None:
    """End the order: it is never sent."""
    _decide(screen, order_id, "rejected", "review.reject", dry_run=dry_run)


def _decide(screen: Screen, order_id: str, decision: risk_calls.Review, action: str, *, dry_run: bool) -> None:
    settings = settings_here()
    if dry_run:
        done, before = _rehearsed(settings, order_id, decision)
    else:
        with writing(settings) as ledger:
            audited(ledger, settings, action, order_id)
            done, before = ledger.run(risk_calls.decide(order_id, decision))
    if done == "missing":
        raise OrderUnknown(order_id)
    told = {"order_id": order_id, "review": decision if done == "ok" else before or None, "dry_run": dry_run}
    rehearsed = REHEARSED if dry_run else ""
    screen.result(told, f"{order_id}: {decision if done == 'ok' else f'it is {before} already'}{rehearsed}")
    if done != "ok":
        click.get_current_context().exit(ExitCode.TEMPORARY)


def _rehearsed(settings: Settings, order_id: str, decision: risk_calls.Review) -> tuple[str, str]:
    """What the ledger would answer: as `risk_decide.lua` does."""
    with reading(settings.redis_ledger_url, settings) as ledger:
        record, status = looked_up(ledger, order_id)
    if not status:
        return "missing", ""
    if status == decision:
        return "ok", ""
    if status != "waiting":
        return "decided", status
    return ("ok", "") if record.state in ("accepted", "claimed") else ("decided", record.state)


def _tell_waiting(screen: Screen, record: Record, until_ms: int) -> None:
    kept = kept_in(record.fields.get("risk", b""))
    reasons = kept.told.rules[: kept.acting] if kept else ()
    line = {
        "order_id": record.order_id,
        "amount": record.amount.text,
        "currency": record.amount.currency,
        "customer": record.text("customer") or None,
        "rules": list(reasons),
        "until": rfc3339(until_ms),
    }
    money = f"{record.amount.text} {record.amount.currency}"
    screen.result(line, f"{record.order_id}: {money}, {', '.join(reasons)}, until {rfc3339(until_ms)}")
