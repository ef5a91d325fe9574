"""What can be done in a story: sentences, and what each of them means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.scenarios.language import meaning
from tests.scenarios.world import World

Deed = Callable[..., object]


def _signs_up(world: World, name: str, amount: str, currency: str, unit: str, zone: str, trial_d: str | None) -> None:
    world.subscriptions.create(
        subscription_id=name, amount=amount, currency=currency, unit=unit, country="LT", zone=zone, description=name,
        payment_id=world.pay_with_a_card(name), consent=f"{name} at sign-up",
        **({"trial_d": trial_d} if trial_d else {}),
    )  # fmt: skip


def _agrees(world: World, name: str, amount: str, currency: str) -> None:
    world.subscriptions.change(name, amount=amount, currency=currency, consent=f"{name} agreed to {amount}")


def _schedule(runs: bool) -> Deed:
    def switch(world: World) -> None:
        world.scheduled = runs

    return switch


_NAME: Final = r"([A-Z]+)"
_SENTENCES: Final[tuple[tuple[str, Deed], ...]] = (
    (
        rf"{_NAME} signs up for ([0-9.]+) ([A-Z]{{3}}) every (day|week|month|year) in (\S+)"
        r"(?: after ([0-9]+) days of trial)?",
        _signs_up,
    ),
    (rf"{_NAME} agrees to ([0-9.]+) ([A-Z]{{3}})", _agrees),
    (rf"{_NAME} moves to (\S+)", lambda world, name, zone: world.subscriptions.change(name, zone=zone)),
    (rf"{_NAME} pauses", lambda world, name: world.subscriptions.pause(name)),
    (rf"{_NAME} resumes", lambda world, name: world.subscriptions.resume(name)),
    (rf"{_NAME} cancels", lambda world, name: world.subscriptions.cancel(name)),
    (
        rf"{_NAME} cancels at the end of the period",
        lambda world, name: world.subscriptions.cancel(name, at_period_end=True),
    ),
    (
        rf"{_NAME} saves a new card",
        lambda world, name: world.subscriptions.save_card(name, world.pay_with_a_card(name)),
    ),
    (rf"the bank declines {_NAME} with (.+)", lambda world, name, error: world.decline(name, error)),
    (rf"the bank declines {_NAME} no longer", lambda world, name: world.decline(name, None)),
    (
        rf"the bank charges period ([0-9]+) of {_NAME} back",
        lambda world, number, name: world.charge_back(name, int(number)),
    ),
    (r"the scheduler stops", _schedule(False)),
    (r"the scheduler runs again", _schedule(True)),
    (
        rf"the merchant releases period ([0-9]+) of {_NAME}",
        lambda world, number, name: world.renewals.release(name, int(number)),
    ),
    (
        rf"the merchant waives period ([0-9]+) of {_NAME}",
        lambda world, number, name: world.renewals.waive(name, int(number), "goodwill"),
    ),
)


def deed(words: str) -> Callable[[World], object]:
    """What the sentence means. Raises ValueError: nobody knows."""
    meant, said = meaning(words, _SENTENCES)
    return lambda world: meant(world, *said)
