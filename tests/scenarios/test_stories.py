"""Stories over months: each is played on a real system, on both archive databases, and comes true to the word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.language import read
from tests.scenarios.playing import play
from tests.scenarios.world import world

STORIES = sorted((Path(__file__).parent / "stories").glob("*.story"))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_story_comes_true(path: Path, tmp_path: Path, archive_url: str) -> None:
    """All that it tells happens, on its day, and nothing else does."""
    story = read(path.read_text("utf-8"))
    with world(tmp_path, archive_url, story.days[0].day) as there:
        play(story, there)
