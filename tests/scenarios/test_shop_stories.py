"""Stories of payments in parts and of batch files: each comes true to the word, on one system for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.eventually import eventually
from tests.scenarios.language import Story, read
from tests.scenarios.shop import Shop
from tests.scenarios.shop_deeds import shop_deed
from tests.scenarios.shop_watching import ShopWatcher
from tests.stack import Stack

SHOP_STORIES = sorted((Path(__file__).parent / "stories" / "shop").glob("*.story"))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A system whose workers are there in a moment."""
    with Stack(tmp_path_factory.mktemp("shop")) as stack:
        yield stack


@pytest.fixture(scope="module")
def shops(stack: Stack) -> Iterator[tuple[Shop, ShopWatcher]]:
    """One shop, and who watches it."""
    with stack.enqueuer() as enqueuer:
        shop = Shop(stack, enqueuer)
        yield shop, ShopWatcher(shop)


@pytest.mark.slow
@pytest.mark.parametrize("path", SHOP_STORIES, ids=lambda path: path.stem)
def test_a_story_of_a_shop_comes_true(path: Path, shops: tuple[Shop, ShopWatcher]) -> None:
    """All that it tells happens, on its day, and nothing else does."""
    play(read(path.read_text("utf-8")), *shops)


def play(story: Story, shop: Shop, watcher: ShopWatcher) -> None:
    """From the first day to the last."""
    for day in story.days:
        for words in day.deeds:
            shop_deed(words)(shop)
        eventually(shop.settled, "all that was begun has ended, or rests")
        happened = sorted(watcher.news())
        assert sorted(day.told) == happened, f"{day.day}: told {sorted(day.told)}, happened {happened}"
