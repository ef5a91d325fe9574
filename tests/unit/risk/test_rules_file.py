"""RISK_FILE is read to the letter: what is wrong is told by field, and what is left out is as shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.contract.risk import BLOCK
from workers.risk.rules import DEFAULT
from workers.risk.rules_file import read_rules

GOOD = """
zone = "Europe/Vilnius"
on_trouble = "hold_back"
patience_ms = 250
on_timeout = "reject"
review_s = 3600

[rules.many_cards]
mode = "live"
verdict = "block"
max = 6

[rules.odd_hours]
amounts = { EUR = "1000.00", JPY = "90000" }
"""


def _read(directory: Path, text: str) -> tuple[object, list[tuple[str, str]]]:
    file = directory / "risk.toml"
    file.write_text(text)
    made, problems = read_rules(file)
    return made, [(problem.code, problem.field) for problem in problems]


def test_a_file_says_what_is_different(tmp_path: Path) -> None:
    """All else is as shipped."""
    (tmp_path / "risk.toml").write_text(GOOD)
    made, problems = read_rules(tmp_path / "risk.toml")
    assert problems == []
    assert (made.zone, made.on_trouble, made.patience_s, made.on_timeout, made.review_s) == (
        "Europe/Vilnius", "hold_back", 0.25, "reject", 3600,
    )  # fmt: skip
    cards = made.uses["many_cards"]
    assert (cards.mode, cards.verdict, dict(cards.limits.numbers)) == ("live", BLOCK, {"max": 6, "window_s": 86_400})
    assert dict(made.uses["odd_hours"].limits.amounts) == {"EUR": 100_000, "JPY": 90_000}
    assert made.uses["failed_attempts"] == DEFAULT.uses["failed_attempts"]


def test_an_empty_file_counts_every_rule(tmp_path: Path) -> None:
    """Shadow is what nobody asked to act."""
    assert _read(tmp_path, "") == (DEFAULT, [])


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("zone = ", "risk_format", ""),
        ("zone = 'Mars/Base'", "risk_field_type", "zone"),
        ("zone = 7", "risk_field_type", "zone"),
        ("zones = 'UTC'", "risk_field_unknown", "?"),
        ("on_trouble = 'block'", "risk_field_type", "on_trouble"),
        ("on_timeout = 'approve'", "risk_field_type", "on_timeout"),
        ("patience_ms = 0", "risk_field_type", "patience_ms"),
        ("patience_ms = true", "risk_field_type", "patience_ms"),
        ("review_s = 604801", "risk_field_type", "review_s"),
        ("rules = 1", "risk_format", "rules"),
        ("rules = { many_cards = 1 }", "risk_format", "rules.many_cards"),
        ("[rules.many_card]", "risk_field_unknown", "rules.?"),
        ("[rules.many_cards]\nmode = 'on'", "risk_field_type", "rules.many_cards.mode"),
        ("[rules.many_cards]\nverdict = 'allow'", "risk_field_type", "rules.many_cards.verdict"),
        ("[rules.many_cards]\nmax = 0", "risk_field_type", "rules.many_cards.max"),
        ("[rules.many_cards]\nmax = 1001", "risk_field_type", "rules.many_cards.max"),
        ("[rules.many_cards]\nmax = 3.5", "risk_field_type", "rules.many_cards.max"),
        ("[rules.many_cards]\nwindow_s = '1h'", "risk_field_type", "rules.many_cards.window_s"),
        ("[rules.many_cards]\namounts = { EUR = '1.00' }", "risk_field_unknown", "rules.many_cards.?"),
        ("[rules.odd_hours]\nfrom_h = 24", "risk_field_type", "rules.odd_hours.from_h"),
        ("[rules.odd_hours]\namounts = {}", "risk_field_type", "rules.odd_hours.amounts"),
        ("[rules.odd_hours]\namounts = { EUR = 500 }", "risk_field_type", "rules.odd_hours.amounts"),
        ("[rules.odd_hours]\namounts = { EUR = '500' }", "risk_field_type", "rules.odd_hours.amounts"),
        ("[rules.odd_hours]\namounts = { XXX = '5.00' }", "risk_field_type", "rules.odd_hours.amounts"),
    ],
)
def test_what_is_wrong_is_told_by_field(tmp_path: Path, text: str, code: str, field: str) -> None:
    """And nothing that stands there is repeated."""
    assert _read(tmp_path, text)[1] == [(code, f"RISK_FILE {field}".strip())]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """As of any setting that names a file."""
    _, (problem,) = read_rules(tmp_path / "none.toml")
    assert (problem.code, problem.field) == ("secret_missing", "RISK_FILE")
