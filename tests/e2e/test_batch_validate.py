"""`batch validate` over files and stdin: what is told of wrong rows, without Redis and without settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.unit.contract.tokens import the_token
from workers.cli import main
from workers.cli.demo.rows import SHIPPED

HEADER = "order_id,amount,currency,country,pan,exp_month,exp_year,cvc,holder\n"
GOOD = "A-1,10.00,EUR,LT,4111111111111111,12,2040,123,Ada\n"


def validate(*arguments: str, stdin: str | bytes = "") -> tuple[int, list[dict[str, Any]]]:
    outcome = CliRunner().invoke(main, ["batch", "validate", "--json", *arguments], input=stdin)
    return outcome.exit_code, [json.loads(line) for line in outcome.stdout.splitlines()]


def test_the_shipped_file_is_valid() -> None:
    """A valid file is one line of counts and exit code 0."""
    assert validate(str(SHIPPED)) == (
        0,
        [{"rows": 2000, "valid": 2000, "invalid": 0, "brands": {"Visa": 1456, "MasterCard": 542}}],
    )


def test_every_wrong_field_is_a_line() -> None:
    """Row 1 is the first row of data; each wrong field has row, field, code and message; then come the counts."""
    bad = "A-2,10.0,EUR,XX,4111111111111111,12,2040,123,Ada\n"
    code, told = validate("-", stdin=HEADER + GOOD + bad)
    assert code == 65
    assert [(line["row"], line["field"], line["code"]) for line in told[:-1]] == [
        (2, "amount", "amount_scale"), (2, "country", "country_unknown"),
    ]  # fmt: skip
    assert set(told[0]) == {"row", "field", "code", "message"}
    assert told[-1] == {"rows": 2, "valid": 1, "invalid": 1, "brands": {"Visa": 1}}


@pytest.mark.parametrize("nested", [True, False])
def test_json_lines_are_recognised(nested: bool) -> None:
    """A file that starts with a brace is JSON lines, with a flat card or one nested as in the gateway's request."""
    card = {"pan": "5555555555554444", "exp_month": 1, "exp_year": 2040, "cvc": "123", "holder": "Ada"}
    rest: dict[str, Any] = {"payment_method": "card", "payment_instrument": card} if nested else card
    line = json.dumps({"order_id": "A-1", "amount": "10.00", "currency": "EUR", "country": "LT", **rest})
    assert validate("-", stdin=line) == (0, [{"rows": 1, "valid": 1, "invalid": 0, "brands": {"MasterCard": 1}}])


def test_the_mode_decides_which_cards_are_taken() -> None:
    """A test card is refused where live cards are wanted, and its digits are not repeated."""
    code, told = validate("--mode", "live", "-", stdin=HEADER + GOOD)
    assert (code, told[0]["code"]) == (65, "card_number_test_in_live")
    assert "1111" not in json.dumps(told)


def test_a_file_that_is_not_there_exits_66(tmp_path: Path) -> None:
    """A missing file is told as such, not as a wrong one."""
    code, told = validate(str(tmp_path / "nope.csv"))
    assert (code, told[0]["error"]) == (66, "file_missing")


def test_broken_settings_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Validation looks at the file alone, whatever else the environment holds."""
    monkeypatch.setenv("REDIS_LEDGER_URL", "nonsense")
    monkeypatch.setenv("CARDINITY_NONSENSE", "1")
    assert validate("-", stdin=HEADER + GOOD)[0] == 0


def test_an_earlier_payments_card_has_no_brand_here() -> None:
    """Only the gateway knows it; a card by its token has the one that the token shows."""
    rows = "order_id,amount,currency,country,payment_id,token,cvc\n"
    rows += "A-1,10.00,EUR,LT,3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10,,\n"
    rows += f"A-2,10.00,EUR,LT,,{the_token()},123\n"
    assert validate("-", stdin=rows) == (0, [{"rows": 2, "valid": 2, "invalid": 0, "brands": {"Visa": 1}}])


def test_people_get_sentences() -> None:
    """Without --json each wrong field is a sentence with row, field and code."""
    outcome = CliRunner().invoke(main, ["batch", "validate", "-"], input=HEADER + GOOD.replace("LT", "Lt"))
    assert outcome.stdout.startswith("row 1, country: country_unknown: ")
    assert outcome.stdout.endswith("1 rows, 0 valid, 1 invalid\n")
