"""`cardinity risk`: the rules, what they found of an order, and the key that names cards."""

from __future__ import annotations

from pathlib import Path

import click

from producers.contract.risk import RiskKept, kept_in
from producers.moments import rfc3339
from producers.runtime.ledger import risk_calls
from producers.runtime.ledger.record import Record
from workers.cli.risk.backtest import backtest
from workers.cli.risk.learn import learn
from workers.cli.risk.looking import looked_up, rules_of
from workers.cli.risk.review import review
from workers.cli.shell.environment import settings_here
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.operations.reading import reading
from workers.risk.identity import write_key
from workers.risk.rules import RULES, Use


@click.group("risk")
def command() -> None:
    """Risk rules: what they found, would have done, and reviews that wait."""


command.add_command(backtest)
command.add_command(review)
command.add_command(learn)


@command.command("rules")
@speaking
def rules(screen: Screen) -> None:
    """List the rules as this deployment uses them, and how often each was met."""
    settings = settings_here()
    made = rules_of(settings.risk_file)
    with reading(settings.redis_ledger_url, settings) as ledger:
        (found,) = ledger.ask(("HGETALL", risk_calls.HITS))
    hits = {name.decode(): int(count) for name, count in found.items()}
    for use in made.uses.values():
        line = _rule_line(use, hits)
        screen.result(line, f"{use.rule.name}: {use.mode}, {use.verdict}, met {line['met']} times: {use.rule.why}")
    if settings.risk_file is None:
        screen.say("no order is judged: RISK_FILE is not set")
    if settings.geoip_file is None:
        screen.say("unusual_geography knows no country of an address: GEOIP_FILE is not set")


@command.command("explain")
@click.argument("order_id")
@speaking
def explain(screen: Screen, order_id: str) -> None:
    """Say what was known of an order when it was judged, which rules it met, and what was done."""
    settings = settings_here()
    with reading(settings.redis_ledger_url, settings) as ledger:
        record, waits = looked_up(ledger, order_id)
    kept = kept_in(record.fields.get("risk", b""))
    if kept is None:
        screen.result({"order_id": order_id, "verdict": None}, f"{order_id} was not judged")
        return
    line: dict[str, object] = {
        "order_id": order_id,
        "judged_at": rfc3339(kept.told.at_ms),
        "verdict": kept.told.verdict,
        "acting": list(kept.told.rules[: kept.acting]),
        "met": list(kept.told.rules),
        "review": waits or None,
        "facts": _facts(record, kept),
    }
    screen.result(line, _explained(order_id, record, kept, waits))


@command.command("key")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--kid", default="k1", show_default=True, help="The key's name, in front of every name it makes.")
@speaking
def key(screen: Screen, file: Path, kid: str) -> None:
    """Write a new key for names of cards and addresses to FILE, for CARD_ID_KEY_FILE. Nothing is ever overwritten."""
    write_key(file.absolute(), kid)
    screen.result({"file": str(file.absolute()), "kid": kid}, f"CARD_ID_KEY_FILE={file.absolute()}")


def _rule_line(use: Use, hits: dict[str, int]) -> dict[str, object]:
    met = sum(hits.get(f"{use.rule.name}:{mode}", 0) for mode in ("live", "shadow"))
    return {
        "rule": use.rule.name,
        "mode": use.mode,
        "verdict": use.verdict,
        "met": met,
        "acted": hits.get(f"{use.rule.name}:live", 0),
        "limits": dict(use.limits.numbers),
        "why": use.rule.why,
    }


def _facts(record: Record, kept: RiskKept) -> dict[str, object]:
    """What was known; counts by their names in the rules."""
    return {
        "country": kept.told.country or None,
        "ip_country": kept.told.ip_country,
        "address": kept.told.ip_id,
        "card_id": kept.card_id,
        "customer": record.text("customer") or None,
        **kept.counts,
    }


def _explained(order_id: str, record: Record, kept: RiskKept, waits: str) -> str:
    why = {rule.name: rule.why for rule in RULES}
    acting = kept.told.rules[: kept.acting]
    met = (
        f"\n  {'acted' if name in acting else 'did not act'}: {name}, {why.get(name, '')}" for name in kept.told.rules
    )
    known = (f"{name} {value}" for name, value in _facts(record, kept).items() if value is not None)
    review = f", review {waits}" if waits else ""
    at = rfc3339(kept.told.at_ms)
    return f"{order_id}: {kept.told.verdict} at {at}{review}{''.join(met)}\n  known then: {', '.join(known)}"


def _deed(acted: bool) -> str:
    return "acted" if acted else "did not act"
