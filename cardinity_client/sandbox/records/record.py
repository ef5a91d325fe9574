"""The gateway's record of what followed a payment, as it stands on the wire."""

from typing import Final, Literal

import msgspec

from cardinity_client.sandbox.wire import Answer

Kind = Literal["refund", "settlement", "void", "chargeback", "rdr"]
Status = Literal["approved", "declined", "processing", "initiated"]

#: The status a record travels with when it is the answer to a POST. What a dispute says of itself is no refusal.
_CREATED: Final[dict[Status, int]] = {"approved": 201, "declined": 402, "processing": 202, "initiated": 201}
_DISPUTES: Final = ("chargeback", "rdr")


class Record(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """One object of any kind. A void has no amount; the reason, the case and the arn belong to disputes."""

    id: str
    amount: str | None = None
    currency: str | None = None
    type: Kind
    created: str
    live: bool
    parent_id: str
    status: Status
    error: str | None = None
    reason: str | None = None
    order_id: str | None = None
    description: str | None = None
    case_id: str | None = None
    arn: str | None = None


def record_created(record: Record, body: bytes) -> Answer:
    """The answer to the POST that made this record; `body` is its encoded form."""
    return Answer(201 if record.type in _DISPUTES else _CREATED[record.status], body)
