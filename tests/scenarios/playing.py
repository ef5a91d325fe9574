"""Plays a story: day by day, with a scheduler that runs once a day, and holds what happened against what is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from producers.contract.renewals import CHARGING
from producers.subscriptions.identity import period_of
from tests.eventually import eventually
from tests.scenarios.deeds import deed
from tests.scenarios.language import Day, Story
from tests.scenarios.watching import Watcher
from tests.scenarios.world import World

#: Hours (UTC) at which people act, and at which the scheduler runs: each day a minute later than on the day before, so
#: that what is to be tried again whole days later is due then, however long the run before took.
DEEDS_H, RUN_H = 9, 15
#: Of the days of which nothing is told it runs on each fourth: what it would have done before, it does then, untold.
SILENT_DAYS: Final = 4


def play(story: Story, world: World) -> None:
    """From the first day to the last.

    Raises:
        AssertionError: something else happened than is told, a run charged a subscription twice, or left something out.
    """
    days: Mapping[date, Day] = {each.day: each for each in story.days}
    watcher = Watcher(world)
    for number in range((story.last - story.days[0].day).days + 1):
        day = story.days[0].day + timedelta(days=number)
        if day in days or number % SILENT_DAYS == 0 or day == story.last:
            _live(world, days.get(day, Day(day, (), ())), number, watcher)


def _live(world: World, day: Day, number: int, watcher: Watcher) -> None:
    world.move(day.day, DEEDS_H)
    for words in day.deeds:
        deed(words)(world)
    if day.deeds:
        _settle(world)
        world.new_orders()  # what people asked for themselves is no run's
    if world.scheduled:
        world.move(day.day, RUN_H, number)
        _run(world)
    happened = sorted(watcher.news())
    assert sorted(day.told) == happened, f"{day.day}: told {sorted(day.told)}, happened {happened}"


def _run(world: World) -> None:
    """One run, until all that it handed in has ended."""
    report = world.renewals.run()
    assert report.account is not None and report.account.unaccounted == 0
    if report.account.by_state[CHARGING]:
        _settle(world)
    tried = [name for order_id in world.new_orders() if (name := _subscriber(order_id))]
    assert len(tried) == len(set(tried)), f"one run charged a subscription twice: {sorted(tried)}"


def _settle(world: World) -> None:
    """Wait until nothing is on its way."""

    def settled() -> bool:
        world.renewals.follow()
        return not world.renewals.account().by_state[CHARGING]

    eventually(settled, "what was handed in has ended")


def _subscriber(order_id: str) -> str | None:
    found = period_of(order_id)
    return found[0] if found else None
