"""Documents point at things that exist."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from posixpath import normpath

from tests.house.tree import ROOT, files, hold, text

#: `[text](target)` and `[label]: target`; images too.
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)[^)]*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+\s+(.+?)\s*#*$", re.MULTILINE)


def test_every_relative_link_resolves() -> None:
    """A Markdown link leads to a file of the tree and, behind a #, to a heading of it."""
    hold(
        "Mend the link, or the name of what it meant. A document that leads nowhere is not read twice.",
        (
            f"{path}: {target}"
            for path in files()
            if path.endswith(".md")
            for target in _targets(path)
            if not _resolves(path, target)
        ),
    )


def _targets(path: str) -> Iterator[str]:
    for inline, reference in LINK.findall(FENCE.sub("", text(path))):
        target = inline or reference
        if not re.match(r"[a-z]+:", target):
            yield target


def _resolves(path: str, target: str) -> bool:
    place, _, anchor = target.partition("#")
    goal = normpath(PurePosixPath(path).parent / place) if place else path
    if not (ROOT / goal).exists() or goal.startswith(".."):
        return False
    return not anchor or not goal.endswith(".md") or anchor in _anchors(text(goal))


def _anchors(content: str) -> set[str]:
    """Anchors as forges make them: lower case, punctuation dropped, spaces to dashes."""
    headings = HEADING.findall(FENCE.sub("", content))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
