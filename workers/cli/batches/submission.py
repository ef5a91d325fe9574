"""A batch file on its way into the ledger: judged whole, begun under its name, handed in; how wrong rows are told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from producers.acceptance import Order
from producers.batches.files import RowResult
from producers.batches.manifest import Manifest, differences
from producers.contract.commands import Charge
from producers.enqueue import Enqueuer
from producers.errors import FieldError, OrderConflict
from producers.runtime.ledger.batch_calls import CANCELLED
from workers.cli.batches.input import BatchFile
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen


@dataclass(frozen=True, slots=True)
class Judged:
    """What a file came to before anything of it was accepted; `conflicts` counts good rows whose order_id is taken."""

    manifest: Manifest
    conflicts: int

    @property
    def bad_rows(self) -> int:
        """Rows that cannot be submitted."""
        return self.manifest.summary.invalid + self.conflicts


def judge(batch: BatchFile, enqueuer: Enqueuer, screen: Screen) -> Judged:
    """Judge every row, hold it against the ledger, and tell of each that cannot be submitted; accepts nothing."""
    manifest, conflicts = Manifest(), 0
    tell = tell_invalid(screen)
    rows: deque[int] = deque()  # of the charges that the ledger is being asked about

    def charges() -> Iterator[Charge]:
        for result in batch.rows():
            manifest.add(result)
            if Manifest.ends_block(result.row):
                progress.update(task, completed=result.row)
            if isinstance(result.content, Charge):
                rows.append(result.row)
                yield result.content
            else:
                tell(result)

    with screen.progress() as progress:
        task = progress.add_task("judging", total=None, note="")
        for conflict in enqueuer.conflicts(charges()):
            row = rows.popleft()
            if conflict is not None:
                conflicts += 1
                tell_error(screen, row, FieldError("order_id", conflict.code, conflict.message))
    return Judged(manifest, conflicts)


def begun(enqueuer: Enqueuer, name: str, manifest: Manifest, judged_at_ms: int) -> None:
    """Keep what the batch is to hold, before its first order is accepted.

    Raises:
        CommandError: `batch_differs`, the name is that of another file; `batch_cancelled`.
    """
    kept = enqueuer.begin_batch(name, {**manifest.as_fields(), "judged_at": judged_at_ms})
    if told := differences(kept.fields, manifest):
        message = f"batch {name} is another file: {'; '.join(told)}; nothing was submitted"
        raise CommandError("batch_differs", message, ExitCode.DATA)
    if kept.halt == CANCELLED:
        message = f"batch {name} was cancelled; give the rows other order_ids to submit them again"
        raise CommandError("batch_cancelled", message, ExitCode.DATA)


class Submission:
    """One pass of a judged file into the ledger. `counts` says what came of its rows so far.

    `began_ms` is the ledger's clock before it began, and tells new orders from those known before. `judged` is what the
    file held when it was judged: a thousand rows are handed in only once they are seen to be the same still.
    """

    def __init__(self, enqueuer: Enqueuer, batch: BatchFile, name: str, began_ms: int, judged: Manifest) -> None:
        self._enqueuer = enqueuer
        self._batch = batch
        self._name = name
        self._began_ms = began_ms
        self._judged = judged
        self._rows: deque[int] = deque()
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
        for answer in self._enqueuer.charge_many(self._charges(), batch=self._name):
            match answer:
                case Order():
                    self.counts["accepted" if answer.created_at_ms >= self._began_ms else "known_before"] += 1
                case OrderConflict():
                    self.counts["conflicts"] += 1
                case _:
                    raise answer
            yield self._rows.popleft(), answer

    def _charges(self) -> Iterator[Charge]:
        seen, block = Manifest(), list[RowResult]()
        for result in self._batch.rows():
            seen.add(result)
            block.append(result)
            if Manifest.ends_block(result.row):
                yield from self._released(block, self._judged.marks.startswith(seen.marks))
                block = []
        yield from self._released(block, seen.manifest_hash == self._judged.manifest_hash)

    def _released(self, block: list[RowResult], same: bool) -> Iterator[Charge]:
        if not same:
            first = block[0].row if block else self._judged.summary.rows
            message = f"from row {first} on the file changed while it was submitted; run the same command again"
            raise CommandError("file_changed", message, ExitCode.TEMPORARY)
        for result in block:
            if isinstance(result.content, Charge):
                self._rows.append(result.row)
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
