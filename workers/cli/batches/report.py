"""What became of each row of a batch file, as rows that a spreadsheet may open. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from producers.batches.cells import guarded
from producers.batches.files import RowResult
from producers.contract.commands import Charge
from producers.contract.states import TERMINAL
from producers.runtime.ledger.record import Record

#: The columns of a report. `row` is the number of the row in the file that was submitted.
COLUMNS: Final = (
    "row",
    "order_id",
    "state",
    "final",
    "amount",
    "currency",
    "account",
    "payment_id",
    "reason",
    "error",
    "merchant_advice_code",
    "since_ms",
)

#: States that only a report knows: the row is wrong, never accepted, or its order_id is taken.
INVALID, NOT_SUBMITTED, CONFLICT = "invalid", "not_submitted", "conflict"

#: What a cell may hold.
Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One row of the report, by column; None is what does not apply."""

    values: Mapping[str, Value]

    @property
    def number(self) -> int:
        """Its number in the file that was submitted; 0 stands for the file as a whole."""
        return int(self.values["row"] or 0)

    @property
    def state(self) -> str:
        return str(self.values["state"])

    @property
    def final(self) -> bool:
        return bool(self.values["final"])

    def cells(self) -> list[str]:
        """The row for a spreadsheet: nothing in it is a formula."""
        return [_cell(self.values.get(column)) for column in COLUMNS]


def row_of(result: RowResult, record: Record | None) -> ReportRow:
    """What became of a row, given the ledger's record of its order."""
    content = result.content
    if not isinstance(content, Charge):
        reason = " ".join(f"{error.field}:{error.code}" for error in content)
        return _report_row(result.row, INVALID, {"reason": reason}, final=True)
    asked: dict[str, Value] = {
        "order_id": content.order_id,
        "amount": content.amount.text,
        "currency": content.amount.currency,
        "account": content.account,
    }
    if record is None:
        return _report_row(result.row, NOT_SUBMITTED, asked)
    if differing := _differing(content, record):
        reason = f"order_conflict: {', '.join(differing)}"
        return _report_row(result.row, CONFLICT, {**asked, "reason": reason}, final=True)
    outcome: dict[str, Value] = {
        "payment_id": record.text("payment_id") or None,
        "reason": record.text("reason") or None,
        "error": record.text("error") or record.text("detail") or None,
        "merchant_advice_code": record.text("merchant_advice_code") or None,
        "since_ms": record.number("since"),
    }
    return _report_row(result.row, record.state, {**asked, **outcome}, final=record.state in TERMINAL)


def _report_row(row: int, state: str, values: Mapping[str, Value], *, final: bool = False) -> ReportRow:
    return ReportRow({**dict.fromkeys(COLUMNS), "row": row, "state": state, "final": final, **values})


def _differing(charge: Charge, record: Record) -> list[str]:
    """What the order says otherwise than the row; comparing cards would take the producer's key. Of an archived one
    less is left to compare."""
    pairs: dict[str, tuple[object, object]] = {
        "amount": (charge.amount, record.amount),
        "settle": (charge.settle, record.settle),
        "mode": ((charge.two_phase, charge.direct), (record.asks_two_phase, record.asks_direct)),
    }
    if not record.is_archived:
        pairs |= {
            "country": (charge.country, record.text("country")),
            "description": (charge.description or "", record.text("description")),
            "account": (charge.account, record.account),
            "statement_descriptor_suffix": (charge.suffix or "", record.text("suffix")),
            "customer": (charge.customer or "", record.text("customer")),
        }
    return [name for name, (wanted, kept) in pairs.items() if wanted != kept]


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return guarded(str(value))
