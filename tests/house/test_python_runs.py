"""What docs/python.md shows a service is what happens: its blocks are one program, against a whole system."""

from pathlib import Path

import producers
from producers.contract.states import STATES
from tests.archives import upgraded
from tests.house.documents import fenced
from tests.house.tree import hold, text
from tests.house.typed import run_program
from tests.stack import Stack

PATH = "docs/python.md"


def test_the_python_does_what_its_comments_say(tmp_path: Path) -> None:
    """The blocks run in order, from the first event of a ledger on, and print what the comments beside them say."""
    with Stack(tmp_path) as stack:
        stack.worker()
        upgraded(stack.settings()).close()
        run_program("".join(fenced(PATH, "python")), env=stack.env)


def test_every_state_and_every_error_is_told() -> None:
    """What an order may be, and what `producers` lets a service catch."""
    offered = (getattr(producers, name) for name in producers.__all__)
    errors = [each.__name__ for each in offered if isinstance(each, type) and issubclass(each, Exception)]
    assert errors
    hold(f"Say in {PATH} what to do with it.", (name for name in (*STATES, *errors) if f"`{name}`" not in text(PATH)))
