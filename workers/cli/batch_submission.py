"""One pass of a valid batch file into the ledger, and how rows that are wrong are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from producers.acceptance import Order
from producers.batch_files import RowResult
from producers.contract.commands import Charge
from producers.enqueue import Enqueuer
from producers.errors import FieldError, OrderConflict
from workers.cli.batch_input import BatchFile
from workers.cli.exit_codes import ExitCode
from workers.cli.failures import CommandError
from workers.cli.output import Screen


class Submission:
    """One pass of a valid file into the ledger. `counts` says what came of its rows so far.

    `began_ms` is the ledger's clock before it began, and tells new orders from those known before.
    """

    def __init__(self, enqueuer: Enqueuer, batch: BatchFile, name: str, began_ms: int) -> None:
        self._enqueuer = enqueuer
        self._batch = batch
        self._name = name
        self._began_ms = began_ms
        self.counts = {"accepted": 0, "known_before": 0, "conflicts": 0}

    @property
    def done(self) -> int:
        """Rows submitted."""
        return sum(self.counts.values())

    def answers(self) -> Iterator[tuple[int, Order | OrderConflict]]:
        """Submit it all; each row's number and what the ledger says to it.

        Raises:
            LedgerUnavailable, QueueFull: no further; what was accepted stays accepted.
            CommandError: `file_changed`.
        """
        answers = self._enqueuer.charge_many(self._charges(), batch=self._name)
        for row, answer in enumerate(answers, start=1):
            match answer:
                case Order():
                    self.counts["accepted" if answer.created_at_ms >= self._began_ms else "known_before"] += 1
                case OrderConflict():
                    self.counts["conflicts"] += 1
                case _:
                    raise answer
            yield row, answer

    def _charges(self) -> Iterator[Charge]:
        for result in self._batch.rows():
            if not isinstance(result.content, Charge):
                message = f"row {result.row} changed while it was submitted; run the same command again"
                raise CommandError("file_changed", message, ExitCode.TEMPORARY)
            yield result.content


def tell_invalid(screen: Screen) -> Callable[[RowResult], None]:
    """Tells of every field of a row that is wrong."""

    def tell(result: RowResult) -> None:
        for error in result.errors:
            tell_error(screen, result.row, error)

    return tell


def tell_error(screen: Screen, row: int, error: FieldError) -> None:
    """One wrong field: a JSON line, or a sentence."""
    told = {"row": row, "field": error.field, "code": error.code, "message": error.message}
    where = f"row {row}, {error.field}" if error.field else f"row {row}"
    screen.result(told, f"{where}: {error.code}: {error.message}")
