"""Chains come through every story, and without any one of their rules they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.runtime.embedded import EmbeddedValkey
from tests.rules.chains import MUTANTS, STORIES, ChainMutant, Story
from tests.rules.changing import changed
from tests.rules.mutants import Ground


@pytest.fixture
def ground(tmp_path: Path, valkey: EmbeddedValkey) -> Ground:
    return Ground(tmp_path, valkey)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_the_product_comes_through(story: Story, ground: Ground) -> None:
    """Charged once if approved, else never; and it ends."""
    assert await story(ground) == frozenset()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
async def test_without_the_rule_it_does_not(mutant: ChainMutant, ground: Ground) -> None:
    """With one rule removed the same story ends in the harm that the rule is there against."""
    with changed(mutant.changes):
        assert mutant.harm in await mutant.story(ground)
