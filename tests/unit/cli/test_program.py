"""The program as a whole: its commands, its help, and how a run ends."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from workers.cli import main
from workers.cli.program import COMMANDS, Program
from workers.cli.shell.output import Screen, printable
from workers.cli.shell.speaking import speaking
from workers.cli.shell.terminating import Terminated

#: Commands that have commands.
GROUPS = (
    "account",
    "archive",
    "audit",
    "batch",
    "breaker",
    "disputes",
    "events",
    "gdpr",
    "hosted-page",
    "keys",
    "tokens",
    "link",
    "parked",
    "payments",
    "quarantine",
    "queue",
    "reconcile",
    "recover",
    "renew",
    "risk",
    "splits",
    "subscriptions",
    "webhooks",
)


def run(*arguments: str) -> tuple[int, str, str]:
    outcome = CliRunner().invoke(main, list(arguments))
    return outcome.exit_code, outcome.stdout, outcome.stderr


def ending_with(error: BaseException) -> int:
    @click.group(cls=Program)
    def program() -> None: ...

    @speaking
    def fail(screen: Screen) -> None:
        raise error

    program.get_command = lambda ctx, cmd_name: click.command("fail")(fail)  # type: ignore[method-assign]
    return CliRunner().invoke(program, ["fail"]).exit_code


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_its_line_in_the_help_says(name: str) -> None:
    """The help imports no command, so what it says of each must be what the command says of itself."""
    assert run(name, "--help")[0] == 0
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.get_short_help_str(200) == COMMANDS[name][1]


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in GROUPS])
def test_every_command_speaks_json(name: str) -> None:
    """--json and --debug are there for every command."""
    assert {"--json", "--debug"} <= set(run(name, "--help")[1].split())


def test_the_help_ends_with_the_exit_codes() -> None:
    """Exit codes are documented where one looks for them."""
    assert "75 " in run("--help")[1]


def test_a_wrong_command_line_is_a_usage_error() -> None:
    """Unknown options exit with 2, and say where help is."""
    code, out, err = run("version", "--nope")
    assert (code, out) == (2, "")
    assert "--help" in err


def test_the_version_is_one_json_line() -> None:
    """With --json stdout is JSON and nothing else."""
    code, out, err = run("version", "--json")
    assert (code, out.count("\n"), err) == (0, 1, "")
    assert out.startswith('{"version":')


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), 130),
        (Terminated(), 143),
        (BrokenPipeError(32, "Broken pipe"), 141),
        (ZeroDivisionError(), 1),
    ],
)
def test_every_end_has_its_exit_code(error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C, SIGTERM, a reader who left, and a bug are told apart, and none prints a traceback."""
    monkeypatch.setattr("workers.cli.program.close_stdout", lambda: None)
    assert ending_with(error) == code


def test_somebody_elses_words_cannot_steer_the_terminal() -> None:
    """Escape and direction characters are replaced; letters of every script stay."""
    assert printable("a\x1b[2Jb\u202ec ė\nd") == "a�[2Jb�c ė\nd"
