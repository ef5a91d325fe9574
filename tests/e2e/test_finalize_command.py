"""3-D Secure, holds and card checks on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.commands import Ran
from tests.e2e.conftest import System
from tests.e2e.test_commands import CARD
from tests.eventually import eventually
from tests.unit.contract.builders import threeds_fields

#: A published test card that wants version 2 and passes it.
ASKED = {**CARD, "pan": "5454545454545454"}


def charge(system: System, order_id: str, *more: str, amount: str = "10.00", card: object = ASKED) -> Ran:
    asked = ("--order-id", order_id, "--amount", amount, "--currency", "EUR", "--country", "LT", "--json", "--wait")
    return system.run("charge", *asked, "--card-file", "-", *more, stdin=json.dumps(card))


def test_a_customer_is_asked_and_answers(system: System, tmp_path: Path) -> None:
    """`charge --wait` exits 12 and says where the customer must go; `finalize --wait` with the outcome."""
    threeds = tmp_path / "threeds.json"
    threeds.write_text(json.dumps(threeds_fields()))
    asked = charge(system, "FIN-1", "--threeds-file", str(threeds))
    (order,) = asked.records
    assert (asked.code, order["state"], order["continuation"]["version"]) == (12, "pending", 2)
    assert order["continuation"]["acs_url"].startswith("http")
    ended = system.run("finalize", "FIN-1", "--cres", "-", "--wait", "--json", stdin="3ds2-pass\n")
    assert (ended.code, ended.records[0]["state"], ended.records[0]["continuation"]) == (0, "approved", None)
    again = system.run("finalize", "FIN-1", "--cres", "-", stdin="3ds2-pass")
    assert (again.code, again.out.splitlines()[0].startswith("FIN-1: approved, payment ")) == (0, True)


def test_explain_tells_of_a_further_step(system: System, tmp_path: Path) -> None:
    """Both steps are in the story, and the one that is due is named with what comes next."""
    threeds, answer = tmp_path / "threeds.json", tmp_path / "cres"
    threeds.write_text(json.dumps(threeds_fields()))
    answer.write_text("3d-pass")
    charge(system, "FIN-2", "--threeds-file", str(threeds))
    still_open = system.run("finalize", "FIN-2", "--cres", str(answer), "--wait", "--timeout-s", "1")
    assert still_open.code == 12  # whichever step it is at by then

    def asked_again() -> bool:
        (order,) = charge(system, "FIN-2", "--threeds-file", str(threeds)).records
        return bool(order["continuation"]["version"] == 1)

    eventually(asked_again, "the further step is due")
    told = system.run("explain", "FIN-2")
    assert told.out.count("FIN-2:pending") == 2
    assert "next: the customer's bank answers" in told.out
    assert system.run("finalize", "FIN-2", "--pares", str(answer), "--wait").code == 0


def test_a_hold_says_that_nothing_was_taken(system: System) -> None:
    """`--no-settle` ends approved, and the words and the record say what that means."""
    ran = charge(system, "FIN-3", "--no-settle", "--statement-descriptor-suffix", "Kettles", card=CARD)
    assert (ran.code, ran.records[0]["settle"]) == (0, False)
    asked = ("--order-id", "FIN-4", "--amount", "0.00", "--currency", "EUR", "--country", "LT", "--no-settle", "--wait")
    text = system.run("charge", *asked, "--card-file", "-", stdin=json.dumps(CARD))
    assert (text.code, text.out.startswith("FIN-4: approved (held, not taken), payment ")) == (0, True)
