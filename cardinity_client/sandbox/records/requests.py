"""Reads the bodies that ask for a record: an amount, a token in the description, the facts of a dispute."""

import re
from dataclasses import dataclass
from typing import Final

from cardinity_client.money import Money
from cardinity_client.sandbox.amounts import read_amount
from cardinity_client.sandbox.exchange import MALFORMED
from cardinity_client.sandbox.form import MALFORMED_BODY, FieldError, Form
from cardinity_client.sandbox.records.record import Kind
from cardinity_client.sandbox.wire import Payment

_DESCRIPTION: Final = re.compile(r".{0,255}", re.DOTALL)
_REASON_CODE: Final = re.compile(r".{1,10}")
_REASON: Final = re.compile(r".{1,255}")
_ARN: Final = re.compile(r".{1,100}")
_CASE: Final = re.compile(r".{1,50}")


@dataclass(frozen=True, slots=True)
class WantedRecord:
    """A valid request. Only a void has no amount."""

    amount: Money | None
    description: str | None
    reason: str | None = None
    case_id: str | None = None
    arn: str | None = None


def read_record(kind: Kind, payment: Payment, document: object) -> WantedRecord | tuple[FieldError, ...]:
    """Validates a decoded body; every bad field is named at once."""
    if document is MALFORMED:
        return MALFORMED_BODY
    if not isinstance(document, dict):
        return (FieldError("body", None, "must be a JSON object"),)
    form = Form(document)
    description = form.text_or_none("description", _DESCRIPTION, "must have at most 255 characters")
    if kind == "void":
        wanted = WantedRecord(None, description)
    elif kind in ("chargeback", "rdr"):
        wanted = _dispute(form, payment, description)
    else:
        wanted = WantedRecord(read_amount(form, payment.currency, minimum=None), description)
    return tuple(form.errors) or wanted


def _dispute(form: Form, payment: Payment, description: str | None) -> WantedRecord:
    """Without an amount it is about the whole payment."""
    whole = Money.parse(payment.amount, payment.currency)
    given = form.value("amount") is not None
    code = form.text_or_none("reason_code", _REASON_CODE, "must have 1 to 10 characters")
    message = form.text_or_none("reason_message", _REASON, "must have 1 to 255 characters")
    return WantedRecord(
        amount=read_amount(form, payment.currency, minimum=None) if given else whole,
        description=description,
        reason=": ".join(part for part in (code, message) if part) or None,
        case_id=form.text_or_none("case_id", _CASE, "must have 1 to 50 characters"),
        arn=form.text_or_none("arn", _ARN, "must have 1 to 100 characters"),
    )
