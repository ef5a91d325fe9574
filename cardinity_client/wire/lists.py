"""Lists in the gateway's JSON: bare arrays. A row that cannot be read costs itself only, and is counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from cardinity_client.errors import ResponseInvalid
from cardinity_client.models.follow_ups import Listing
from cardinity_client.models.payments import Page, Payment
from cardinity_client.wire.members import parse_object, valid_id
from cardinity_client.wire.payments import parse_payment

T = TypeVar("T")


class PageReader:
    """Reads lists of payments. A row that the list before showed in the same bytes is not read again: two pages have
    about half of their rows in common, and reading them was a tenth of a busy worker's CPU.
    """

    def __init__(self) -> None:
        self._before: dict[bytes, Payment] = {}

    def __call__(self, body: bytes) -> Page:
        """A row that cannot be read is counted; no list at all raises ResponseInvalid."""
        rows = _rows(body)
        before, read = self._before, {}
        payments: list[Payment] = []
        ids: list[str] = []
        for raw in rows:
            try:
                payment = before.get(raw) or parse_payment(raw)
            except ResponseInvalid:
                ids.extend(_bare_id(raw))
            else:
                read[raw] = payment
                payments.append(payment)
                ids.append(payment.id)
        self._before = read
        return Page(tuple(payments), tuple(ids), len(rows), len(rows) - len(payments))


def listing_of(read: Callable[[Mapping[str, object]], T]) -> Callable[[bytes], Listing[T]]:
    """A reader of lists of what `read` reads. No list at all raises ResponseInvalid."""

    def parse(body: bytes) -> Listing[T]:
        rows = _rows(body)
        items = []
        for raw in rows:
            try:
                items.append(read(parse_object(raw)))
            except ResponseInvalid:
                continue  # counted below
        return Listing(tuple(items), len(rows), len(rows) - len(items))

    return parse


class _Row(msgspec.Struct):
    id: str


_PAGE_DECODER = msgspec.json.Decoder(list[msgspec.Raw])
_ROW_DECODER = msgspec.json.Decoder(_Row)


def _rows(body: bytes) -> list[bytes]:
    try:
        return [bytes(raw) for raw in _PAGE_DECODER.decode(body)]
    except (ValueError, RecursionError):
        raise ResponseInvalid("json_invalid", "the body is not a JSON list") from None


def _bare_id(raw: bytes) -> list[str]:
    try:
        row = _ROW_DECODER.decode(raw)
    except (ValueError, RecursionError):
        return []
    return [row.id] if valid_id(row.id) else []
