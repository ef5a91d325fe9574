"""What the gateway tells of refunds, settlements, voids, disputes and links, and answers to their writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from cardinity_client import ObjectNotFound
from cardinity_client.classify import classify_response
from cardinity_client.errors import GatewayReadError
from cardinity_client.models import Listing
from cardinity_client.reading import object_absent, read_answer
from cardinity_client.wire import (
    chargeback_of,
    link_of,
    listing_of,
    parse_object,
    rdr_of,
    refund_of,
    settlement_of,
    void_of,
)
from tests.inputs.doors.gateway_answers import code_of
from tests.inputs.doors.gateway_reads import member_of
from tests.inputs.rows import Row, Told, told
from tests.inputs.world import World
from tests.unit.client.builders import JSON, encoded, error_row
from tests.unit.client.writes import WRITES, Write, dispute_row, follow_up_row, link_row
from tests.unit.contract.builders import PAN


class Given(NamedTuple):
    """One answer to a read, and what reads it; or one to a write."""

    body: bytes
    read: Callable[[bytes], object] | Write
    status: int = 200


class Kind(NamedTuple):
    """One kind of object: a good row, what reads it, and how it is refused."""

    row: Mapping[str, Any]
    read: Callable[[Mapping[str, object]], object]
    code: str
    members: Mapping[str, tuple[Any, ...]]


_COMMON: dict[str, tuple[Any, ...]] = {
    "id": (..., 7, "../x", PAN + "/", "a" * 65),
    "live": (..., None, "false", 0),
    "created": (..., "yesterday", "2026-02-30T10:00:00Z"),
    "parent_id": (..., None, "a b"),
    "type": (..., "purchase", "", 1),
    "order_id": (7, ["ORD-1"]),
    "description": (7, "\ud800"),
}
_KINDS: dict[str, Kind] = {
    "refund": Kind(follow_up_row("refund"), refund_of, "follow_up_invalid", {**_COMMON, "error": (7, [PAN])}),
    "settlement": Kind(follow_up_row("settlement"), settlement_of, "follow_up_invalid", {**_COMMON, "error": (7,)}),
    "void": Kind(follow_up_row("void"), void_of, "follow_up_invalid", {**_COMMON, "error": ({},)}),
    "chargeback": Kind(dispute_row(), chargeback_of, "dispute_invalid", {**_COMMON, "reason": (7, [PAN])}),
    "rdr": Kind(dispute_row("rdr"), rdr_of, "dispute_invalid", {**_COMMON, "reason": (1.5,)}),
    "link": Kind(
        link_row(),
        link_of,
        "link_invalid",
        {
            "id": (..., 7, "../x"),
            "url": (..., 7, "", "javascript:alert(1)", "https://", "http://a b", "https://checkout.example:x/", PAN),
            "description": (..., "", 7),
            "country": (7,),
            "expiration_date": ("", "tomorrow", 7),
            "multiple_use": (..., None, "no"),
            "enabled": (..., 1),
            "deleted": (1, "yes"),
        },
    ),
}
_AMOUNTS: list[dict[str, Any]] = [{"amount": 5}, {"amount": 5.0}, {"amount": PAN}, {"currency": ...}]
_STATUSES = (..., "settled", PAN, "APPROVED")


def _parsed(kind: Kind) -> Callable[[bytes], object]:
    return lambda body: kind.read(parse_object(body))


def _changed(row: Mapping[str, Any], **changes: Any) -> bytes:
    return encoded({name: value for name, value in {**row, **changes}.items() if value is not ...})


def _rows() -> Iterator[Row]:
    for name, kind in _KINDS.items():
        read, good = _parsed(kind), encoded(kind.row)
        for member, values in kind.members.items():
            for number, value in enumerate(values):
                body = _changed(kind.row, **{member: value})
                yield Row(f"{name}: {member} {number}", Given(body, read), kind.code, member)
        for number, changes in enumerate(_AMOUNTS if name != "void" else ()):
            yield Row(
                f"{name}: amount {number}", Given(_changed(kind.row, **changes), read), "amount_invalid", "amount"
            )
        for number, status in enumerate(_STATUSES if name != "link" else ()):
            code = kind.code if status is ... else "status_unseen"
            yield Row(f"{name}: status {number}", Given(_changed(kind.row, status=status), read), code, "status")
        yield Row(f"{name}: a member twice", Given(good[:-1] + b',"id":"b"}', read), "duplicate_keys")
        yield Row(f"{name}: a list", Given(b"[]", read), "not_an_object")
        yield Row(f"{name}: no list", Given(good, listing_of(kind.read)), "json_invalid")
        rows = b",".join((good, b"7", good[:-1] + b',"id":"b"}', _changed(kind.row, id=...)))
        yield Row(f"{name}: rows", Given(b"[" + rows + b"]", listing_of(kind.read)), "unparsed:3 of 4")
        yield Row(f"{name}: none", Given(encoded(error_row(404)), read, 404), "object_not_found")
        yield Row(f"{name}: a proxy's none", Given(b"<html>", read, 404), "json_invalid")
    for write in WRITES:
        status = min(write.operation.ends)
        for reason, changes in write.mismatches.items():
            body = write.body(**changes)
            yield Row(f"{write.label}: {reason}", Given(body, write, status), f"unknown:{reason}:alarm")
        yield Row(f"{write.label}: half", Given(write.body()[:-1], write, status), "unknown:json_invalid")
        yield Row(f"{write.label}: nobody's", Given(b"{}", write, status), f"unknown:{_invalid(write)}")
        yield Row(f"{write.label}: a card", Given(write.body(id=PAN), write, 500), "unknown:http_5xx")


def _invalid(write: Write) -> str:
    subject = write.name.rpartition("_")[2]
    return {"payment": "payment_invalid", "link": "link_invalid"}.get(subject, "follow_up_invalid")


ROWS = [*_rows()]


def knock(world: World, given: Given) -> Told:
    """Read it, or classify it."""
    if isinstance(given.read, Write):
        answer = classify_response(given.read.operation, given.read.asked, given.status, JSON, given.body)
        return told(code_of(answer), text=repr(answer))
    try:
        found = read_answer(given.status, JSON, given.body, given.read, object_absent)
    except ObjectNotFound as error:
        return told(error.code, text=f"{error} {error!r}")
    except GatewayReadError as error:
        return told(error.code, member_of(error), f"{error} {error!r}")
    assert isinstance(found, Listing)
    return told(f"unparsed:{found.unparsed} of {found.count}", text=repr(found))
