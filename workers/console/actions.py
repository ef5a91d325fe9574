"""What an operator can do from the console, as a table. The deeds are those of `workers.operations`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from producers.runtime.settings import Settings
from workers.console.deciding import decide
from workers.operations import pauses, quarantined
from workers.operations.batches import Halted, cancel_batch, pause_batch, resume_batch
from workers.operations.desk import Desk

#: Seconds that a click waits for the walk over a batch's orders.
WALK_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A field of an action's form; where it is `needed`, it is not done without."""

    name: str
    title: str
    most: int
    needed: bool = False


#: Does it at a desk, and says what was done. Refuses as the operation does.
Deed = Callable[[Desk, Settings, str, Mapping[str, str]], str]


@dataclass(frozen=True, slots=True)
class Action:
    """`says` is what will happen; the deed is given what it is about, and the fields."""

    title: str
    says: str
    deed: Deed
    wanted: tuple[Wanted, ...] = ()


def _pause_queue(desk: Desk, settings: Settings, about: str, fields: Mapping[str, str]) -> str:
    pauses.pause_queue(desk, about, fields["because"])
    return f"Queue {about} is paused."


def _resume_queue(desk: Desk, settings: Settings, about: str, fields: Mapping[str, str]) -> str:
    pauses.resume_queue(desk, about)
    return f"Queue {about} is resumed."


def _pause_account(desk: Desk, settings: Settings, about: str, fields: Mapping[str, str]) -> str:
    pauses.pause_account(desk, about, settings.accounts, fields["because"])
    return f"Account {about} is paused."


def _resume_account(desk: Desk, settings: Settings, about: str, fields: Mapping[str, str]) -> str:
    pauses.resume_account(desk, about)
    return f"Account {about} is resumed."


def _reset_breaker(desk: Desk, settings: Settings, about: str, fields: Mapping[str, str]) -> str:
    pauses.reset_breaker(desk, about, settings.accounts)
    return f"The breaker of account {about} is closed in every worker."


def _pause_batch(desk: Desk, settings: Settings, about: str, fields: Mapping[str, str]) -> str:
    pause_batch(desk, about)
    return f"Batch {about} is paused."


def _resume_batch(desk: Desk, settings: Settings, about: str, fields: Mapping[str, str]) -> str:
    walked = _walked(resume_batch(desk, about, settings.redis_connections_max))
    return f"Batch {about} goes on.{walked}"


def _cancel_batch(desk: Desk, settings: Settings, about: str, fields: Mapping[str, str]) -> str:
    walked = _walked(cancel_batch(desk, about, settings.redis_connections_max))
    return f"Batch {about} is cancelled: nothing more of it is sent.{walked}"


def _walked(halted: Halted) -> str:
    """Walk as long as somebody who has clicked waits; what that leaves, the same click goes on with."""
    until, met = time.monotonic() + WALK_S, 0
    for count in halted.steps:
        met += count
        if time.monotonic() > until:
            return f" {met:,} orders were met so far: do the same again for the rest."
    return f" {met:,} orders were met." if met else ""


def _replay(desk: Desk, settings: Settings, about: str, fields: Mapping[str, str]) -> str:
    return f"Order {quarantined.replay(desk, about).order_id} is woken, and message {about} is dropped."


def _drop(desk: Desk, settings: Settings, about: str, fields: Mapping[str, str]) -> str:
    quarantined.drop(desk, about)
    return f"Message {about} is dropped."


_WHY: Final = Wanted("because", "Why (shown to everybody, kept in the audit trail)", pauses.BECAUSE_MAX)
ACTIONS: Final[Mapping[str, Action]] = MappingProxyType(
    {
        "queue-pause": Action(
            "Pause a queue",
            "From a second later on no worker takes messages of it, until it is resumed. What workers have goes on.",
            _pause_queue,
            (_WHY,),
        ),
        "queue-resume": Action("Resume a queue", "Workers take messages of it again.", _resume_queue),
        "account-pause": Action(
            "Pause an account",
            "From a second later on nothing new is sent through it. What has left is waited for.",
            _pause_account,
            (_WHY,),
        ),
        "account-resume": Action("Resume an account", "Orders are sent through it again, on a ramp.", _resume_account),
        "breaker-reset": Action(
            "Reset a breaker",
            "It is closed in every worker within a second. It opens again if the gateway still fails.",
            _reset_breaker,
        ),
        "batch-pause": Action(
            "Pause a batch",
            "Nothing more of it is sent until it is resumed. What was sent is not touched. Time goes on: what expires "
            "meanwhile ends as expired.",
            _pause_batch,
        ),
        "batch-resume": Action("Resume a batch", "Its orders come back at the sweeper's pace.", _resume_batch),
        "batch-cancel": Action(
            "Cancel a batch",
            "What is not sent of it ends as cancelled, for good. What was sent is not touched.",
            _cancel_batch,
        ),
        "order-resolve": Action(
            "Resolve a parked order",
            "The gateway is asked once more, and what it shows must bear this out.",
            decide,
            (
                Wanted("decision", "Decision", 64, needed=True),
                Wanted("payment_id", "The gateway's payment id", 36),
                Wanted("because", "How you know (kept with the order and in the audit trail)", pauses.BECAUSE_MAX),
            ),
        ),
        "quarantine-replay": Action(
            "Replay a message", "The open order that it names is woken, and the message is dropped.", _replay
        ),
        "quarantine-drop": Action("Drop a message", "It is removed for good.", _drop),
    }
)
