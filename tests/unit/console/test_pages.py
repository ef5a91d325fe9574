"""Pages as pure functions: nothing of others becomes markup, and only operators are offered actions."""

from __future__ import annotations

import pytest

from workers.cli.outcomes import Tally
from workers.console.actions import ACTIONS
from workers.console.batches import Progress, batches
from workers.console.confirming import asked, rehearsed
from workers.console.layout import Reader, page
from workers.console.quarantine import quarantine
from workers.console.users import OPERATOR, VIEWER, User
from workers.operations.quarantined import Aside

HOSTILE = "\"><script>alert('x')</script>"
ONA = Reader(User("ona", OPERATOR, "-"), "token")
JONAS = Reader(User("jonas", VIEWER, "-"), "token")


@pytest.mark.parametrize("name", ACTIONS)
def test_what_an_action_is_about_is_text(name: str) -> None:
    """In the form and in what is confirmed."""
    fields = {each.name: HOSTILE for each in ACTIONS[name].wanted}
    made = asked(ONA, name, ACTIONS[name], HOSTILE) + rehearsed(ONA, name, ACTIONS[name], HOSTILE, fields)
    assert "<script" not in made
    assert "&lt;script&gt;" in made


def test_what_stands_in_the_ledger_is_text() -> None:
    """A batch's name, why a message was put aside, and a page's title."""
    made = batches(ONA, [Progress(HOSTILE, 4, Tally({"approved": 2, "parked": 1}), HOSTILE)])
    made += quarantine(ONA, [Aside("1-1", HOSTILE, 3, False, b"<b>")]) + page(HOSTILE, ONA)
    assert "<script" not in made
    assert "2 of 4 (50 %)" in made


def test_only_an_operator_is_offered_actions() -> None:
    """A viewer sees the same without the links."""
    found = [Aside("1-1", "not ours", 3, False, b"<b>")]
    assert "/actions/quarantine-drop?about=1-1" in quarantine(ONA, found)
    assert "/actions/" not in quarantine(JONAS, found)


def test_nobody_is_shown_a_menu_before_the_login() -> None:
    """The login's page says nothing of what is inside."""
    assert "<nav" not in page("Log in", Reader(None, "token"))
