"""`cardinity explain ORDER_ID`: the story of one order, and what happens next."""

from __future__ import annotations

import click

from producers.moments import rfc3339
from workers.cli.shell.environment import settings_here
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.operations.findings import Findings, told_of
from workers.operations.story import Line, Next, amount_of, duration, facts


@click.command("explain")
@click.argument("order_id")
@speaking
def command(screen: Screen, order_id: str) -> None:
    """The story of one order, and what happens next.

    Accept, claims, intent, the gateway's answer, the verdict, the events that were told, and what happens if
    nobody does anything. With --json one line per step, then one with the order as it stands.
    """
    findings, lines, coming = told_of(order_id, settings_here())
    if screen.as_json:
        _tell_programs(screen, findings, lines, coming)
    else:
        _tell_people(screen, findings, lines, coming)


def _tell_programs(screen: Screen, found: Findings, lines: list[Line], coming: Next) -> None:
    record = found.record
    for line in lines:
        screen.record({"at": rfc3339(line.at_ms), "kind": line.kind, "text": line.text})
    screen.record(
        {
            "order_id": record.order_id,
            "state": record.state,
            "amount": record.amount.text,
            "currency": record.amount.currency,
            "account": record.lane,
            "account_asked": record.account,
            "producer": record.text("producer"),
            "batch": record.text("batch") or None,
            "claims": record.number("claims"),
            **facts(record, found.followed),
            "next": coming.text,
            "next_at": None if coming.at_ms is None else rfc3339(coming.at_ms),
        }
    )


def _tell_people(screen: Screen, found: Findings, lines: list[Line], coming: Next) -> None:
    from rich.table import Table

    record = found.record
    batch = f", batch {record.text('batch')}" if record.text("batch") else ""
    screen.result(
        {},
        f"order {record.order_id}: {record.state}, {amount_of(record)}, "
        f"account {record.lane}, from {record.text('producer')}{batch}\n",
    )
    table = Table("when (UTC)", "after", "what", box=None, pad_edge=False, header_style="bold")
    started_ms = lines[0].at_ms
    for line in lines:
        table.add_row(rfc3339(line.at_ms), f"+{duration(line.at_ms - started_ms)}", line.text)
    screen.show(table)
    screen.result({}, "".join(f"\n{name}: {text}" for name, text in facts(record, found.followed).items()))
    screen.result({}, f"next: {coming.text}{_when(coming, found.now_ms)}")


def _when(coming: Next, now_ms: int) -> str:
    if coming.at_ms is None:
        return ""
    ahead_ms = coming.at_ms - now_ms
    distance = f"in {duration(ahead_ms)}" if ahead_ms > 0 else f"due for {duration(ahead_ms)}"
    return f" ({rfc3339(coming.at_ms)}, {distance})"
