"""What docs/python.md shows a service is what happens: its blocks are one program, against a whole system."""

from pathlib import Path

from tests.archives import upgraded
from tests.house.documents import fenced
from tests.house.typed import run_program
from tests.stack import Stack


def test_the_python_does_what_its_comments_say(tmp_path: Path) -> None:
    """The blocks run in order, from the first event of a ledger on, and print what the comments beside them say."""
    with Stack(tmp_path) as stack:
        stack.worker()
        upgraded(stack.settings()).close()
        run_program("".join(fenced("docs/python.md", "python")), env=stack.env)
