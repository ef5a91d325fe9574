"""Reads over HTTP, of the gateway and of disputes: ids, limits and accounts, by whoever has a key and by others."""

from __future__ import annotations

from collections.abc import Iterator

from tests.inputs.cards import SPACED
from tests.inputs.doors.http_api import CREDENTIALS, Given, knock
from tests.inputs.rows import Row
from tests.inputs.world import DISABLED, EXHAUSTED
from tests.unit.contract.builders import PAN, PAYMENT_ID

__all__ = ["ROWS", "knock"]

_PAYMENTS, _CHARGEBACKS, _DISPUTES = "/v1/payments", "/v1/chargebacks", "/v1/disputes"
_KINDS = ("refunds", "settlements", "voids", "chargebacks", "rdrs")
_NO_IDS = (
    "1", PAN, PAYMENT_ID.upper(), f"{PAYMENT_ID}0", f"{PAYMENT_ID}\n", "chargebacks", "..", "a\r\nX: y", "\u00e4",
    "{}", "x" * 60_000, SPACED, "\x00", "%2e",
)  # fmt: skip
#: The last one is wrong only where the gateway would be asked.
_QUERIES: list[tuple[str, str, str]] = [
    ("limit=0", "number_range", "limit"),
    ("limit=101", "number_range", "limit"),
    ("limit=-1", "number_range", "limit"),
    ("limit=1e1", "number_range", "limit"),
    ("limit=", "number_range", "limit"),
    ("limit=ten", "number_range", "limit"),
    ("limit=%d9%a1", "number_range", "limit"),
    ("limit=%ff", "number_range", "limit"),
    (f"limit={PAN}", "number_range", "limit"),
    (f"limit={'9' * 60_000}", "number_range", "limit"),
    ("limit=5&limit=6", "field_duplicate", "limit"),
    ("limits=5", "field_unknown", "limits"),
    ("order_id=ORD-1", "field_unknown", "order_id"),
    (f"{PAN}=1", "field_unknown", "?"),
    ("account=", "account_format", "account"),
    ("account=a:b", "account_format", "account"),
    (f"account={PAN}", "card_number_in_text", "account"),
    ("account=default&account=other", "field_duplicate", "account"),
    ("account=other", "account_unlisted", "account"),
]


def _rows() -> Iterator[Row]:
    for path in (_PAYMENTS, _CHARGEBACKS, _DISPUTES):
        for number, (query, code, field) in enumerate(_QUERIES[: -1 if path == _DISPUTES else None]):
            given = Given(method="GET", path=path, query=query.encode())
            yield Row(f"{path}: {query[:20]} {number}", given, code, field, '"status":422')
        yield from _uninvited(path)
        for method in ("POST", "DELETE", "PATCH"):
            yield Row(f"{method} {path}", Given(b"{}", method, path), "method_unknown", says='"status":405')
    for number, name in enumerate(_NO_IDS):
        yield from _named(number, name)
    for query in ("account=other", "limit=5"):
        given = Given(method="GET", path=f"{_PAYMENTS}/{PAYMENT_ID}", query=query.encode())
        code, field = ("account_unlisted", "account") if query[0] == "a" else ("field_unknown", "limit")
        yield Row(f"a payment, {query}", given, code, field, '"status":422')
    given = Given(method="GET", path=f"{_PAYMENTS}/{PAYMENT_ID}")
    yield Row("nobody's payment", given, "payment_not_found", says='"status":404')
    for kind in _KINDS:
        path = f"{_PAYMENTS}/{PAYMENT_ID}/{kind}"
        yield from _uninvited(path)
        yield Row(f"nobody's {kind}", Given(method="GET", path=path), "payment_not_found", says='"status":404')
        one = Given(method="GET", path=f"{path}/{PAYMENT_ID}")
        yield Row(f"nobody's one of {kind}", one, "object_not_found", says='"status":404')
        yield Row(f"POST {kind}", Given(b"{}", path=path), "method_unknown", says='"status":405')
    for path in (f"{_PAYMENTS}/", f"{_PAYMENTS}/{PAYMENT_ID}/fees", f"{_CHARGEBACKS}/{PAYMENT_ID}", f"/v1/{PAN}"):
        yield Row(f"at {path}", Given(method="GET", path=path), "route_unknown", says='"status":404')


def _named(number: int, name: str) -> Iterator[Row]:
    """No payment is called that, and nothing that follows one."""
    payment = Given(method="GET", path=f"{_PAYMENTS}/{name}")
    yield Row(f"payment {number}", payment, "payment_id_format", "payment_id", '"status":422')
    for kind in _KINDS:
        several = Given(method="GET", path=f"{_PAYMENTS}/{name}/{kind}")
        yield Row(f"{kind} {number}", several, "payment_id_format", "payment_id", '"status":422')
        one = Given(method="GET", path=f"{_PAYMENTS}/{PAYMENT_ID}/{kind}/{name}")
        yield Row(f"one of {kind} {number}", one, "payment_id_format", "id", '"status":422')


def _uninvited(path: str) -> Iterator[Row]:
    for number, (authorization, code) in enumerate(CREDENTIALS):
        given = Given(method="GET", path=path, authorization=authorization)
        yield Row(f"{path}: credentials {number}", given, code, says='"status":401')
    for key, code, status in ((DISABLED, "api_key_disabled", 403), (EXHAUSTED, "too_many_requests", 429)):
        yield Row(f"{path}: {code}", Given(method="GET", path=path, key=key), code, says=f'"status":{status}')


ROWS = [*_rows()]
