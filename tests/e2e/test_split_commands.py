"""`cardinity splits` and `cardinity cancel` as a user runs them, against a running system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Ran
from tests.e2e.conftest import System
from tests.e2e.test_commands import CARD, charge

PARTS = [{"recipient": "shop-a", "amount": "70.00"}, {"recipient": "shop-b", "amount": "30.00"}]
#: The sandbox declines more than 150.
MIXED = [{"recipient": "shop-a", "amount": "50.00"}, {"recipient": "shop-b", "amount": "150.01"}]


@pytest.fixture
def create(system: System, tmp_path: Path) -> Any:
    """Runs `splits create` for these fields."""

    def created(split_id: str, *options: str, **fields: Any) -> Ran:
        total = f"{sum(float(part['amount']) for part in fields.get('parts', PARTS)):.2f}"
        wish = {"split_id": split_id, "total": total, "currency": "EUR", "country": "LT", "parts": PARTS}
        file = tmp_path / f"{split_id}.json"
        file.write_text(json.dumps({**wish, "payment_instrument": CARD, **fields}), "utf-8")
        return system.run("splits", "create", str(file), *options)

    return created


def test_a_payment_is_taken_in_parts(system: System, create: Any) -> None:
    """`--wait` exits 0 once all is taken; the same again tells how it stands, other content is a conflict."""
    ran = create("CLI-S1", "--wait", "--json")
    (split,) = ran.records
    assert (ran.code, split["state"], split["final"]) == (0, "completed", True)
    assert [(part["recipient"], part["state"]) for part in split["parts"]] == [
        ("shop-a", "approved"),
        ("shop-b", "approved"),
    ]
    assert create("CLI-S1", "--json").records == [split]
    other = create("CLI-S1", "--json", country="LV")
    assert (other.code, other.records[0]["fields"]) == (65, ["country"])
    assert system.run("explain", "CLI-S1.2").code == 0


def test_all_or_nothing_ends_with_nothing(system: System, create: Any) -> None:
    """11: no money is kept; every part says what became of it, and by which order it was given back."""
    ran = create("CLI-S2", "--wait", parts=MIXED, all_or_nothing=True)
    assert ran.code == 11
    shown = system.run("splits", "show", "CLI-S2").out
    assert shown.startswith(("CLI-S2: compensated, 200.01 EUR\n", "CLI-S2: failed, 200.01 EUR\n"))
    assert "CLI-S2.2: 150.01 for shop-b, declined" in shown


def test_a_part_that_is_declined_leaves_the_others(system: System, create: Any) -> None:
    """10: some was taken, and some never will be; waiting too short for an end exits 12."""
    ran = create("CLI-S3", "--wait", "--json", parts=MIXED)
    assert (ran.code, ran.records[0]["state"]) == (10, "partial")
    assert system.run("splits", "show", "CLI-S3", "--wait").code == 10
    assert system.run("splits", "show", "NOBODY").code == 66


def test_an_order_that_was_sent_is_told_as_it_stands(system: System) -> None:
    """Calling it back changes nothing; of one that nobody knows, 66."""
    charge(system, "CLI-C1", "--wait")
    ran = system.run("cancel", "CLI-C1", "--wait", "--json")
    assert (ran.code, ran.records[0]["state"]) == (0, "approved")
    assert system.run("cancel", "NOBODY").code == 66
