"""`cardinity risk backtest`: what rules would have done with the archive's orders."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from cardinity_client.money import Money
from producers.errors import FieldError, InvalidCommand
from producers.runtime.archive.database import Archive
from workers.cli.risk.looking import rules_of
from workers.cli.shell.environment import settings_here
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.risk.backtest import Backtest, Tally, archived, charged_back, replay
from workers.risk.rules import Use

DAY_MS = 86_400_000


@click.command("backtest")
@click.option("--from", "since", metavar="DAY", required=True, help="First day (UTC), like 2026-11-01.")
@click.option("--to", "until", metavar="DAY", required=True, help="Last day (UTC).")
@click.option("--rules", "file", type=click.Path(path_type=Path, dir_okay=False), help="A RISK_FILE to try.")
@speaking
def backtest(screen: Screen, since: str, until: str, file: Path | None) -> None:
    """Judge the archive's orders again, and say what each rule would have done, and how often it would have been right.

    Only orders that were judged when they were sent can be: the rules may all have been in shadow.
    """
    settings = settings_here()
    made = rules_of(file.absolute() if file else settings.risk_file)
    from_ms, until_ms = day_ms("from", since), day_ms("to", until) + DAY_MS
    with Archive(settings) as archive, archive.reading() as connection:
        events = list(archived(connection, from_ms, until_ms))
        found = asyncio.run(replay(events, made, charged_back(connection)))
    for name, use in made.uses.items():
        tally = found.tallies.get(name, Tally())
        line = _tally_line(use, tally)
        screen.result(line, _tally_text(use, tally))
    told = {"orders": found.orders, "agreed": found.agreed, "not_judged": found.not_judged, **found.verdicts}
    screen.result(told, _summary(found))


def _tally_line(use: Use, tally: Tally) -> dict[str, object]:
    money = {currency: Money(minor, currency).text for currency, minor in sorted(tally.money.items())}
    return {
        "rule": use.rule.name,
        "mode": use.mode,
        "verdict": use.verdict,
        "hits": tally.hits,
        "declined": tally.declined,
        "approved": tally.approved,
        "charged_back": tally.charged_back,
        "precision": tally.precision,
        "money": money,
    }


def _tally_text(use: Use, tally: Tally) -> str:
    right = "" if tally.precision is None else f", right in {tally.precision:.0%}"
    money = ", ".join(f"{Money(minor, currency).text} {currency}" for currency, minor in sorted(tally.money.items()))
    return (
        f"{use.rule.name} ({use.mode}): would {use.verdict} {tally.hits}{f' of {money}' if money else ''}; "
        f"{tally.declined} declined, {tally.charged_back} charged back{right}"
    )


def _summary(found: Backtest) -> str:
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in found.verdicts.items())
    return (
        f"{found.orders} orders: {verdicts or 'none'}; {found.agreed} met the same rules when they were sent, "
        f"{found.not_judged} outcomes are of orders that nobody judged"
    )


def day_ms(field: str, text: str) -> int:
    """When that day (UTC) begins."""
    try:
        return round(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        raise InvalidCommand([FieldError(field, "start_format", "must be a day like 2026-01-31")]) from None
