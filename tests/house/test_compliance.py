"""docs/compliance.md claims nothing that no test shows."""

import re
from collections.abc import Iterator

from tests.house.tree import hold, text

#: The last cell of a claim.
SHOWN = re.compile(r"`tests/[\w/]+\.py::test_\w+`")


def test_every_claim_names_a_test() -> None:
    """The last cell of each row is a test, which `test_docs` holds to be there."""
    hold("Name the test that fails when it stops being true, or do not claim it.", _without_a_test())


def test_there_are_claims() -> None:
    """All three chapters have some."""
    chapters = text("docs/compliance.md").split("\n## ")[1:]
    assert [len(SHOWN.findall(chapter)) >= 5 for chapter in chapters] == [True] * 3


def _without_a_test() -> Iterator[str]:
    for line in text("docs/compliance.md").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        head = cells[-1] == "shown by" or set(cells[-1]) == {"-"}
        if line.startswith("|") and not head and not SHOWN.fullmatch(cells[-1]):
            yield line
