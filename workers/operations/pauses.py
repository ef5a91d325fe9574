"""Pausing queues and accounts, and closing breakers: words that all workers heed within a second.

A pause is kept until somebody takes it back, whatever starts or dies meanwhile. Nothing that may have left is touched
by it: a paused queue is not fetched from, and orders that reach a paused account go back to `accepted`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from producers.contract.card_numbers import mask_card_numbers
from producers.contract.names import QUEUES
from producers.runtime.ledger.operation_calls import ACCOUNT, BREAKER, QUEUE, Said, say
from workers.operations.desk import Desk
from workers.operations.errors import NothingThere

#: Characters of a reason that are kept.
BECAUSE_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Told:
    """What was said about what, and the word that it took the place of; `was` is None where none was in force."""

    about: str
    word: Said | None
    was: Said | None


def pause_queue(desk: Desk, queue: str, because: str = "") -> Told:
    """Fetch nothing more from the queue; what workers have taken of it goes on.

    Raises:
        NothingThere: `queue_unknown`.
    """
    return _pause(desk, "queue.pause", QUEUE, _queue(queue), because)


def resume_queue(desk: Desk, queue: str) -> Told:
    """Fetch from it again. Raises as `pause_queue`."""
    return _take_back(desk, "queue.resume", QUEUE, _queue(queue))


def pause_account(desk: Desk, account: str, accounts: Sequence[str], because: str = "") -> Told:
    """Send nothing new through the account; `accounts` are those there are.

    Raises:
        NothingThere: `account_unknown`.
    """
    return _pause(desk, "account.pause", ACCOUNT, _account(account, accounts), because)


def resume_account(desk: Desk, account: str) -> Told:
    """Send through it again. Any name will do: a pause outlives the account that it was for."""
    return _take_back(desk, "account.resume", ACCOUNT, account)


def reset_breaker(desk: Desk, account: str, accounts: Sequence[str]) -> Told:
    """Close the account's breaker in every worker. It counts afresh, and opens again if the gateway still fails.

    Raises:
        NothingThere: `account_unknown`.
    """
    return _say(desk, "breaker.reset", BREAKER, _account(account, accounts), Said(desk.now_ms(), desk.by))


def reason(because: str) -> str:
    """A reason as it is kept: cut, without what could be a card's number or steer a terminal."""
    text = mask_card_numbers(because[:BECAUSE_MAX])
    return "".join(character if character.isprintable() else "�" for character in text)


def _pause(desk: Desk, action: str, kind: str, name: str, because: str) -> Told:
    word = Said(desk.now_ms(), desk.by, reason(because))
    return _say(desk, action, kind, name, word)


def _take_back(desk: Desk, action: str, kind: str, name: str) -> Told:
    return _say(desk, action, kind, name, None)


def _say(desk: Desk, action: str, kind: str, name: str, word: Said | None) -> Told:
    because = word.because if word else ""
    was = desk.do(action, name, lambda: desk.ledger.run(say(kind + name, word)), because=because)
    return Told(kind + name, word, was)


def _queue(name: str) -> str:
    if name not in QUEUES:
        raise NothingThere("queue_unknown", f"there is no queue of that name; there are {', '.join(QUEUES)}")
    return name


def _account(name: str, accounts: Sequence[str]) -> str:
    if name not in accounts:
        raise NothingThere("account_unknown", f"no account of that name is set up; there are {', '.join(accounts)}")
    return name
