"""The language of the stories, and that each of theirs is one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.scenarios.deeds import deed
from tests.scenarios.language import Day, read
from tests.scenarios.shop_deeds import shop_deed
from tests.scenarios.test_shop_stories import SHOP_STORIES
from tests.scenarios.test_stories import STORIES


def test_a_story_is_days_of_deeds_and_of_what_comes_of_them() -> None:
    """The day is told once, blanks do not count, and the end is a day of its own."""
    story = read("# Two\n# lines.\n2026-01-31  ANNA  pauses\n   > told\n\n2026-02-01 > more\n2026-03-01 the end\n")
    assert (story.title, story.last) == ("Two lines.", date(2026, 3, 1))
    assert story.days == (
        Day(date(2026, 1, 31), ("ANNA pauses",), ("told",)),
        Day(date(2026, 2, 1), (), ("more",)),
    )


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("ANNA pauses", "line 1: a line is a day"),
        ("  ANNA pauses", "line 1: a line is a day"),
        ("2026-02-01 ANNA pauses\n2026-01-31 the end", "line 2: 2026-01-31 comes before 2026-02-01"),
        ("2026-02-01 ANNA pauses", "needs its last day"),
    ],
)
def test_what_is_no_story_is_refused(text: str, wrong: str) -> None:
    """With the line, so that it is found."""
    with pytest.raises(ValueError, match=wrong):
        read(text)


@pytest.mark.parametrize("path", STORIES, ids=lambda path: str(path.stem))
def test_every_sentence_is_understood(path: Path) -> None:
    """Before a system is started for it; and every story says what it is about."""
    story = read(path.read_text("utf-8"))
    assert story.title
    for day in story.days:
        assert all(deed(words) for words in day.deeds)


@pytest.mark.parametrize("path", SHOP_STORIES, ids=lambda path: str(path.stem))
def test_every_sentence_about_a_shop_is_understood(path: Path) -> None:
    """The same of stories of payments in parts and of batch files."""
    story = read(path.read_text("utf-8"))
    assert story.title
    for day in story.days:
        assert all(shop_deed(words) for words in day.deeds)


def test_a_sentence_that_nobody_knows_is_refused() -> None:
    """It is not passed over."""
    with pytest.raises(ValueError, match="no such sentence: ANNA sleeps"):
        deed("ANNA sleeps")
