"""Subscriptions and renewals by the command line, as an operator and a scheduler have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Commands
from tests.eventually import eventually
from tests.stack import CARD, Stack

Run = Callable[..., list[dict[str, Any]]]

COLUMNS = "subscription_id,amount,currency,unit,country,zone,start,payment_id,consent\n"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole system whose renewals live in a year of their own."""
    with Stack(tmp_path_factory.mktemp("commands"), starts_at="2026-01-31T23:30:00Z") as stack:
        stack.worker()
        yield stack


@pytest.fixture
def run(stack: Stack, commands: Commands) -> Run:
    """The JSON lines of a command that ends so."""

    def run(*words: str, code: int = 0) -> list[dict[str, Any]]:
        done = commands.run(*words, "--json", env=stack.env, cwd=stack.directory)
        assert done.code == code, done.out + done.err
        return done.records

    return run


def test_a_story_of_commands(run: Run, stack: Stack, tmp_path: Path) -> None:
    """From an empty archive to a charged period, a missed one, and one that a human lets go."""
    (refused,) = run("renew", "plan", code=78)
    assert "run `cardinity archive upgrade`" in refused["message"]
    assert run("archive", "upgrade")[0]["before"] is None
    assert run("archive", "current")[0]["archive"].startswith("sqlite:///")
    with stack.enqueuer() as enqueuer:
        enqueuer.charge(order_id="FIRST", amount="10.00", currency="EUR", country="LT", **CARD)
        card = enqueuer.wait("FIRST", timeout_s=30).payment_id
    file = tmp_path / "subscriptions.csv"
    file.write_text(f"{COLUMNS}a,9.90,EUR,day,LT,UTC,2026-01-31,{card},crm\nb,5.00,EUR,month,LT,UTC,2026-01-31,,crm\n")
    assert run("subscriptions", "import", str(file)) == [{"rows": 2, "created": 2, "known_before": 0}]
    *lines, total = run("renew", "plan")
    assert [(line["do"], line["order_id"], line["reason"]) for line in lines] == [
        ("charge", "sub.a.1", None), ("skip", "sub.b.1", "card_missing"),
    ]  # fmt: skip
    assert total["totals"] == {"EUR": "9.90"}
    assert run("renew", "run", "--plan", total["plan"])[0]["charges"] == 1
    (changed,) = run("renew", "run", "--plan", total["plan"], code=65)
    assert "-charge sub.a.1 9.90 EUR" in changed["differences"]
    eventually(lambda: run("renew", "outcomes") and _state(run, "a") == "charged", "the period is charged")

    assert run("sandbox", "clock")[0]["now"].startswith("2026-01-31T23:3")
    assert run("sandbox", "clock", "--advance", "1d")[0]["now"].startswith("2026-02-01T23:3")
    assert run("sandbox", "clock", "--to", "2026-02-02T23:30:00Z")[0]["now"].startswith("2026-02-02T23:30:0")
    (refused,) = run("sandbox", "clock", "--to", "2026-02-02T00:00:00Z", code=65)
    assert refused["error"] == "clock_refused"
    missed, *_ = run("renew", "catch-up", code=75)[1:]
    assert (missed["subscription_id"], missed["period"], missed["reason"]) == ("a", 2, "missed")
    assert run("renew", "release", "a", "2", "--dry-run")[0]["order_id"] == "sub.a.2"
    assert run("renew", "waive", "a", "2", "--dry-run")[0]["dry_run"]
    assert run("renew", "held")[-1]["held"] == 1
    run("renew", "waive", "a", "2")
    assert run("renew", "held")[-1]["held"] == 0
    assert run("renew", "account")[0]["unaccounted"] == 0
    (agreed,) = run("subscriptions", "consent", "b", "--consent", "form 9")
    assert agreed["terms"][0]["consent"] == "form 9"
    assert run("subscriptions", "cancel", "a")[0]["state"] == "cancelled"
    assert run("subscriptions", "show", "nobody", code=66)[0]["error"] == "subscription_unknown"


def test_a_trial_and_its_notice_by_commands(run: Run) -> None:
    """A plan with a trial and a ladder, a reminder that is listed until it is taken, and a conversion."""
    run("archive", "upgrade")
    run("subscriptions", "plan", "--plan-id", "t", "--amount", "9.90", "--currency", "EUR", "--unit", "month",
        "--trial-d", "3")  # fmt: skip
    (plan,) = run("subscriptions", "dunning", "t", "--waits-d", "2,4", "--when-over", "cancel", "--link", "true")
    assert (plan["trial_d"], plan["dunning"]["waits_d"], plan["dunning"]["link"]) == (3, [2, 4], True)
    (wrong,) = run("subscriptions", "dunning", "t", "--waits-d", "0", code=65)
    assert wrong["error"] == "dunning_number"
    (made,) = run("subscriptions", "create", "--subscription-id", "t1", "--plan-id", "t", "--country", "LT",
                  "--zone", "UTC", "--consent", "web")  # fmt: skip
    assert made["trial_ends_at"] == made["next_due"]
    run("renew", "outcomes")
    (notice,) = run("subscriptions", "notices")
    assert (notice["kind"], notice["charge_at"]) == ("trial_ending", made["next_due"])
    assert run("subscriptions", "notices", "--take", notice["notice_id"]) == []
    (converted,) = run("subscriptions", "convert", "t1")
    assert (converted["trial_ends_at"], converted["next_period"]) == (None, 1)


def _state(run: Run, name: str) -> object:
    return run("subscriptions", "show", name, "--periods", "1")[1]["state"]
