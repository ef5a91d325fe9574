"""What an operator can do from the console, as a table. The deeds are those of `workers.operations`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cardinity_client import CardinityClient
from producers.runtime.settings import Settings
from workers.accounts.merchant import verdict_rules
from workers.operations import evidence, pauses, quarantined, resolving
from workers.operations.desk import Desk
from workers.operations.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Wanted:
    """A field of an action's form."""

    name: str
    title: str
    most: int


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


def _approved(desk: Desk, settings: Settings, about: str, fields: Mapping[str, str]) -> str:
    payment_id = fields["payment_id"].strip()
    found = asyncio.run(_shown(settings, evidence.known(desk, about), payment_id))
    resolved = resolving.approve(desk, found, payment_id, verdict_rules(settings))
    more = f" {resolved.duplicates} more charges of it were seen: an alarm." if resolved.duplicates else ""
    return f"Order {about} is approved by payment {payment_id}.{more}"


def _not_charged(desk: Desk, settings: Settings, about: str, fields: Mapping[str, str]) -> str:
    found = asyncio.run(_shown(settings, evidence.known(desk, about)))
    resolving.not_charged(desk, found, fields["because"], verdict_rules(settings))
    return f"Order {about} is not_charged."


def _replay(desk: Desk, settings: Settings, about: str, fields: Mapping[str, str]) -> str:
    return f"Order {quarantined.replay(desk, about).order_id} is woken, and message {about} is dropped."


def _drop(desk: Desk, settings: Settings, about: str, fields: Mapping[str, str]) -> str:
    quarantined.drop(desk, about)
    return f"Message {about} is dropped."


async def _shown(settings: Settings, known: Evidence, named: str = "") -> Evidence:
    async with CardinityClient(settings.client_settings(known.record.lane)) as gateway:
        return await evidence.shown(known, gateway, named)


_WHY: Final = Wanted("because", "Why (shown to everybody, kept in the audit trail)", pauses.BECAUSE_MAX)
_KNOWN_BY: Final = Wanted("because", "How you know (kept with the order and in the audit trail)", pauses.BECAUSE_MAX)

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
        "order-approved": Action(
            "A parked order was charged",
            "The gateway is asked. If it shows this payment as approved, with the order's reference, amount, currency "
            "and card, the order ends as approved. Nothing is sent.",
            _approved,
            (Wanted("payment_id", "The gateway's payment id", 36),),
        ),
        "order-not-charged": Action(
            "A parked order was not charged",
            "The gateway is asked. If it shows no payment of the order, and none can land any more, the order ends as "
            "not_charged. Nothing is sent, and nothing will be.",
            _not_charged,
            (_KNOWN_BY,),
        ),
        "quarantine-replay": Action(
            "Replay a message", "The open order that it names is woken, and the message is dropped.", _replay
        ),
        "quarantine-drop": Action("Drop a message", "It is removed for good.", _drop),
    }
)
