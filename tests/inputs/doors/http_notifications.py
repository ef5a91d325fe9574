"""The doors for notifications over HTTP: all that is wrong with one, and all that is wrong with how it comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cardinity_client.notifications.signing import signature_of
from tests.inputs.doors import notifications
from tests.inputs.doors.http_api import refused
from tests.inputs.knocking import Request
from tests.inputs.rows import Row, Told
from tests.inputs.world import World
from tests.unit.client.notices import APPROVED, PAYMENT_ID, SECRET, body_of, signed
from tests.unit.contract.builders import PAN

JSON, HOSTED = "/webhooks/cardinity", "/webhooks/cardinity/hosted"
_EVENT = b'{"type":"payment.approved","data":{"id":"' + PAYMENT_ID.encode() + b'"}}'
_FORM = body_of(signed(APPROVED))


class Given(NamedTuple):
    """A request."""

    body: bytes
    path: str = JSON
    method: str = "POST"
    headers: Mapping[str, str] = {}
    client: str = "127.0.0.1"


def event(body: bytes = _EVENT, signature: str | None = "") -> Given:
    """A webhook, well signed unless said otherwise."""
    given = signature_of(body, SECRET) if signature == "" else signature
    return Given(body, headers={} if given is None else {"x-cardinity-signature": given})


_SIGNED = signature_of(_EVENT, SECRET)
#: What headers cannot carry.
_UNSENDABLE = {"\udcff" * 64}
_SIGNATURES = {
    "in capitals": _SIGNED.upper(),
    "cut": _SIGNED[:-1],
    "longer": f"{_SIGNED}0",
    "with a name": f"sha256={_SIGNED}",
    "twice": f"{_SIGNED}, {_SIGNED}",
    "in other digits": "\u00b2" * 64,
    "another body's": signature_of(_FORM, SECRET),
    "a card": PAN,
}
_BODIES = {
    "a byte more": _EVENT + b" ",
    "a byte less": _EVENT[:-1],
    "other blanks": _EVENT.replace(b":", b": "),
    "another id": _EVENT.replace(b"3f3a", b"3f3b"),
    "utf-16": _EVENT.decode().encode("utf-16"),
}
_STRANGERS = ("203.0.113.9", "::1", "2001:db8::1", "", "localhost", "127.0.0.1.example")
_FORWARDED = ("203.0.113.9", "192.0.2.9, 203.0.113.9", "unknown", "192.0.2.9:80", PAN, "," * 60_000)


def _rows() -> Iterator[Row]:
    for row in notifications.ROWS:
        if row.given.header not in _UNSENDABLE:
            yield row._replace(given=_over_http(row.given))
    for name, signature in _SIGNATURES.items():
        yield Row(f"event: a signature {name}", event(signature=signature), "signature_invalid", "signature")
    for name, body in _BODIES.items():
        yield Row(f"event: {name}", event(body, _SIGNED), "signature_invalid", "signature", '"status":401')
    yield Row("event: on the form's door", Given(_EVENT, HOSTED), "body_format", says='"status":400')
    yield Row("form: on the event's door", event(_FORM), "json_invalid", says='"status":400')
    for client in _STRANGERS:
        given = event()._replace(client=client)
        yield Row(f"from {client!r}", given, "source_forbidden", says='"status":403')
    for forwarded in _FORWARDED:
        given = event()._replace(client="192.0.2.1", headers={**event().headers, "x-forwarded-for": forwarded})
        yield Row(f"for {forwarded[:12]!r}", given, "source_forbidden", says='"status":403')
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
        yield Row(f"{method} event", event()._replace(method=method), "method_unknown", says='"status":405')
    for path in (f"{JSON}/", f"{HOSTED}/", "/webhooks", "/webhooks/cardinity/json", f"/webhooks/{PAN}"):
        yield Row(f"at {path}", event()._replace(path=path), "route_unknown", says='"status":404')


def _over_http(given: notifications.Given) -> Given:
    return event(given.body, given.header) if given.is_webhook else Given(given.body, HOSTED)


ROWS = [*_rows()]


def knock(world: World, given: Given) -> Told:
    """Send it."""
    request = Request(given.method, given.path, given.body, headers=given.headers, client=given.client)
    return refused(world.http.ask(request))
