"""What continues a charge, from the command line: asked for, waited for and explained."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.conftest import System
from tests.e2e.test_commands import CARD, charge

#: The sandbox says of it that its holder failed to authenticate.
FAILING = {**CARD, "pan": "5454545454540109"}


def test_a_backup_comes_from_a_file_of_its_own(system: System, tmp_path: Path) -> None:
    """Both declined, for the amount is too high: the story tells of both orders, and of no card."""
    backup = tmp_path / "backup.json"
    backup.write_text(json.dumps({**CARD, "pan": "5555555555554444"}), "utf-8")
    ran = charge(system, "CLI-two", "--wait", "--backup-card-file", str(backup), amount="150.01")
    assert (ran.code, ran.records[0]["state"], ran.records[0]["successor"]) == (10, "declined", "CLI-two-a2")
    story = system.run("explain", "CLI-two")
    assert (story.code, "CLI-two-a2: intent" in story.out) == (0, True)
    assert "told to the owner: CLI-two:pending:CLI-two-a2" in story.out
    assert system.run("explain", "CLI-two-a2").out.partition("next:")[0] == story.out.partition("next:")[0]
    assert not [card for card in (str(CARD["pan"]), "5555555555554444") if card in story.out]


def test_a_customer_who_is_needed_is_sent_to_a_link(system: System) -> None:
    """`--wait` ends there, open, with the address; taken back by the order's own name, it ends as it was declined."""
    asked = ("--needs-customer", "link", "--description", "Invoice 77", "--wait")
    ran = charge(system, "CLI-link", *asked, card=FAILING)
    (order,) = ran.records
    assert (ran.code, order["state"], order["reason"]) == (12, "pending", "needs_customer")
    assert order["link_url"].startswith("http")
    again = system.run("explain", "CLI-link")
    assert "CLI-link-a2 goes on for it" in again.out


def test_two_second_instruments_are_refused(system: System, tmp_path: Path) -> None:
    """By the field, before anything is opened."""
    backup = tmp_path / "backup.json"
    backup.write_text(json.dumps(CARD), "utf-8")
    payment_id = "00000000-0000-4000-a000-000000000001"
    ran = charge(system, "CLI-both", "--backup-card-file", str(backup), "--backup-payment-id", payment_id)
    assert (ran.code, "instrument_ambiguous" in ran.err) == (65, True)
