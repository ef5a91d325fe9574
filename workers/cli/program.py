"""The program: which commands there are, and how each run ends. A command is imported when it is called."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Any, Final

import click

from workers.cli.shell.exit_codes import MEANINGS, ExitCode
from workers.cli.shell.failures import tell, wrong_usage
from workers.cli.shell.output import Screen, close_stdout
from workers.cli.shell.terminating import Terminated

#: Command, the module that holds it (as `command`, or by its own name), and what it does: here, so that `--help`
#: imports none.
COMMANDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "demo": (
            "workers.cli.demo.command",
            "A batch through the whole system on this machine, with faults.",
        ),
        "worker": ("workers.cli.processes.worker", "Charge what is on the queue until Ctrl-C or SIGTERM."),
        "http": ("workers.cli.processes.http", "Serve the HTTP API and the door for webhooks until Ctrl-C or SIGTERM."),
        "console": (
            "workers.cli.processes.console",
            "Serve pages for operators until Ctrl-C or SIGTERM, and say who may use them.",
        ),
        "sandbox": ("workers.cli.sandbox.command", "Serve the gateway's double until Ctrl-C or SIGTERM."),
        "charge": ("workers.cli.orders.charge", "Accept one charge."),
        "refund": ("workers.cli.orders.follow_ups", "Give an approved payment back, all of it or a part."),
        "settle": ("workers.cli.orders.follow_ups", "Take what a hold holds, all of it or less."),
        "void": ("workers.cli.orders.follow_ups", "Let a hold go that is not settled."),
        "link": ("workers.cli.orders.link", "Make, watch, change and withdraw payment links."),
        "hosted-page": ("workers.cli.orders.hosted_page", "Sign the form of the hosted page, and read its answer."),
        "cancel": ("workers.cli.orders.cancel", "Call an order back that is not sent yet."),
        "splits": (
            "workers.cli.orders.splits",
            "Take one payment in parts for several recipients, and see how it stands.",
        ),
        "finalize": ("workers.cli.orders.finalize", "Hand on what a customer's bank answered to 3-D Secure."),
        "batch": ("workers.cli.batches.command", "Validate, submit, watch, stop and report files of charges."),
        "subscriptions": (
            "workers.cli.subscriptions.subscriptions",
            "Create, change, cancel, list and import subscriptions.",
        ),
        "renew": (
            "workers.cli.subscriptions.renew",
            "Plan and run the renewals of subscriptions, and review what is held.",
        ),
        "recover": (
            "workers.cli.operating.recover",
            "Say what happened to a lost ledger, and rebuild it from what is left.",
        ),
        "archive": (
            "workers.cli.events.archive",
            "The archive: write the event stream into it, check and export it, and its schema.",
        ),
        "webhooks": (
            "workers.cli.events.webhooks",
            "Post events to merchants' endpoints, see how these stand, and tell events again.",
        ),
        "reconcile": ("workers.cli.gateway.reconcile", "Hold our books against the gateway's."),
        "report": (
            "workers.cli.reports.command",
            "What happened in a period, in figures and charts.",
        ),
        "risk": ("workers.cli.risk.command", "Risk rules: what they found, would have done, and reviews that wait."),
        "status": ("workers.cli.status.status", "How the queues, the ledger and the workers stand."),
        "explain": ("workers.cli.orders.explain", "The story of one order, and what happens next."),
        "verify": ("workers.cli.orders.verify", "Say whether ledger, envelope and gateway tell the same of an order."),
        "payments": ("workers.cli.gateway.payments", "What the gateway says of payments, and of what followed them."),
        "chargebacks": ("workers.cli.gateway.chargebacks", "What the gateway says of chargebacks."),
        "top": ("workers.cli.status.top", "The same as status, drawn anew all the time; q ends it."),
        "queue": ("workers.cli.operating.queue", "Pause, resume and drain the queues, and see how much lies there."),
        "account": ("workers.cli.operating.account", "Send nothing new through a merchant account for a while."),
        "breaker": ("workers.cli.operating.breaker", "The circuit breakers of the accounts: see them, and close them."),
        "parked": ("workers.cli.operating.parked", "Orders that wait for a human: see the evidence, and decide."),
        "quarantine": ("workers.cli.operating.quarantine", "Messages that were put aside: see, replay and drop them."),
        "events": ("workers.cli.events.events", "Result events, as they come or from any moment on."),
        "disputes": (
            "workers.cli.gateway.disputes",
            "Chargebacks that were seen, and the recurring charges that they stop.",
        ),
        "doctor": (
            "workers.cli.checkup.command",
            "Check settings, Redis, archive, keys, gateway and clocks; change nothing.",
        ),
        "keys": (
            "workers.cli.keys.keys",
            "The keys of cards, from made to destroyed, and those of HTTP callers.",
        ),
        "tokens": ("workers.cli.keys.tokens", "Cards as text that a merchant may keep: make, show and renew tokens."),
        "audit": (
            "workers.cli.compliance.audit",
            "What operators did: list it, check that nobody changed it, export it.",
        ),
        "gdpr": (
            "workers.cli.compliance.gdpr",
            "What is held of one customer: show all of it, or erase what the books do not need.",
        ),
        "version": ("workers.cli.version", "Say the version."),
    }
)


class Program(click.Group):
    """A group whose failures are told and turned into exit codes, and whose commands load late."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = _imported(COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, "command", None) or getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_, what) in COMMANDS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), meaning) for code, meaning in MEANINGS.items()])

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        screen = Screen()
        screen.as_json = "--json" in args  # a command line that is wrong is not read to the end
        try:
            return super().make_context(info_name, args, parent, obj=screen, **extra)
        except click.UsageError as error:
            raise wrong_usage(screen, error) from None

    def invoke(self, ctx: click.Context) -> object:
        screen = ctx.ensure_object(Screen)
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
        except click.UsageError as error:
            raise wrong_usage(screen, error) from None
        except (click.exceptions.Exit, click.ClickException):
            raise
        except (KeyboardInterrupt, click.Abort):
            screen.say("cardinity: interrupted")
            ctx.exit(ExitCode.INTERRUPTED)
        except Terminated:
            screen.say("cardinity: terminated")
            ctx.exit(ExitCode.TERMINATED)
        except BrokenPipeError:
            close_stdout()
            ctx.exit(ExitCode.BROKEN_PIPE)
        except Exception as error:  # the border: whatever it is, a user gets a message and not a traceback
            ctx.exit(tell(screen, error))
        ctx.exit(answer if isinstance(answer, ExitCode) else ExitCode.OK)


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Card payments through Cardinity from a queue: one order, one charge, one outcome."""


def _imported(name: str) -> ModuleType:
    """The module. What it brings stays to the end: looking for garbage among it, the last time when the process ends,
    is a third of what a short command costs.
    """
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()
