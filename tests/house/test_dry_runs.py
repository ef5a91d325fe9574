"""Whatever an operator changes can be rehearsed, and is written into the audit trail before it is done."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator

import click
import pytest

from workers.cli import main

#: What an operator changes for others: orders that are not his, what workers heed, keys, what is remembered.
CHANGES = frozenset(
    {
        "account pause", "account resume", "archive forget", "batch cancel", "batch pause", "batch resume",
        "breaker reset", "cancel", "disputes lift", "gdpr erase", "keys destroy", "keys retire", "keys rotate",
        "parked resolve", "quarantine drop", "quarantine replay", "queue drain", "queue pause", "queue resume",
        "renew release", "renew waive", "risk review approve", "risk review reject", "webhooks disable",
        "webhooks enable", "webhooks forget", "webhooks redeliver", "webhooks test",
    }
)  # fmt: skip
#: What a merchant asks for, as by the API: each is a wish of its own that its owner takes back in another way.
WISHES = frozenset(
    {
        "batch submit", "charge", "finalize", "link create", "link delete", "link update", "refund", "settle",
        "splits create", "subscriptions cancel", "subscriptions card", "subscriptions change",
        "subscriptions consent", "subscriptions convert", "subscriptions create", "subscriptions dunning",
        "subscriptions import", "subscriptions notices", "subscriptions pause", "subscriptions plan",
        "subscriptions resume", "tokens make", "tokens renew", "void",
    }
)  # fmt: skip
#: What runs, with or without end: processes, and what a schedule calls.
RUNS = frozenset(
    {
        "archive rebuild", "archive retain", "archive run", "archive upgrade", "console", "demo", "http",
        "reconcile run", "recover run", "renew catch-up", "renew outcomes", "renew run", "risk learn",
        "sandbox", "sandbox clock", "webhooks run", "worker",
    }
)  # fmt: skip
#: What makes a file, and never overwrites one; or a line in the file of the console's users.
MAKES = frozenset(
    {
        "archive export", "audit export", "console user add", "console user password", "gdpr export", "gdpr key",
        "keys api", "keys generate", "recover export", "risk key",
    }
)  # fmt: skip
#: What only looks.
LOOKS = frozenset(
    {
        "archive check", "archive current", "archive readers", "audit list", "audit verify", "batch report",
        "batch validate", "batch watch", "breaker status", "chargebacks", "disputes list", "doctor", "events replay",
        "events tail", "explain", "hosted-page form", "hosted-page read", "keys list", "link get",
        "parked list", "parked show", "payments follow-ups", "payments list", "payments show",
        "quarantine list", "quarantine show", "queue depth", "reconcile report", "recover plan",
        "renew account", "renew held", "renew plan", "report", "risk backtest", "risk explain",
        "risk review list", "risk rules", "splits show", "status", "subscriptions list", "subscriptions plans",
        "subscriptions show", "tokens show", "top", "verify", "version", "webhooks list", "webhooks show",
    }
)  # fmt: skip


def commands(group: click.Group = main, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something when it is called by its name alone, by its words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield f"{before}{name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")


def test_every_command_is_of_one_kind() -> None:
    """A new one is put into one of the tables above; which one says whether it can be rehearsed."""
    kinds = (CHANGES, WISHES, RUNS, MAKES, LOOKS)
    known = sorted(words for kind in kinds for words in kind)
    assert sorted(words for words, _ in commands()) == known


@pytest.mark.parametrize("words", sorted(CHANGES))
def test_what_an_operator_changes_can_be_rehearsed_and_is_audited(words: str) -> None:
    """By --dry-run; and its room speaks of the audit trail, or acts at a desk that does."""
    command = dict(commands())[words]
    assert "--dry-run" in [name for parameter in command.params for name in parameter.opts]
    assert command.callback is not None
    room = inspect.getsource(sys.modules[inspect.unwrap(command.callback).__module__])
    assert "audited(" in room or "at_desk(" in room
