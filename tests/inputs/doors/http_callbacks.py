"""The door for customers who come back from their bank: open to everybody, and answered with a page for people."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlencode

from cardinity_client import Secret
from producers.contract.sessions import session_of
from tests.inputs.cards import SPACED
from tests.inputs.doors import callbacks
from tests.inputs.knocking import Request
from tests.inputs.rows import Row, Told, told
from tests.inputs.world import World
from tests.unit.contract.builders import PAN

PATH: Final = "/callbacks/3ds"
_FORM: Final = {"content-type": "application/x-www-form-urlencoded"}
#: Nobody knows the key that the application has.
_THEIRS: Final = Secret(b"k" * 32)
_NONE: Final = "this was none"


class Given(NamedTuple):
    """A request."""

    body: bytes
    method: str = "POST"
    headers: Mapping[str, str] = _FORM
    path: str = PATH
    piece: int = 2**30


def _v2(session: str) -> bytes:
    encoded = urlsafe_b64encode(session.encode()).decode().rstrip("=")
    return urlencode({"cres": "eyJ9", "threeDSSessionData": encoded}).encode()


def _v1(session: str) -> bytes:
    return urlencode({"PaRes": "eyJ9", "MD": session}).encode()


#: Sessions that were not made here: of an order that is there, of none, of others' keys, and cut.
_SESSIONS: Final = {
    "a name alone": "KNOWN-1",
    "another's seal": session_of("KNOWN-1", _THEIRS),
    "no digit right": f"KNOWN-1.{'0' * 32}",
    "a short seal": session_of("KNOWN-1", _THEIRS)[:-1],
    "a long seal": session_of("KNOWN-1", _THEIRS) + "0",
    "capitals": session_of("KNOWN-1", _THEIRS).upper(),
    "no name": f".{'0' * 32}",
    "a card": PAN,
    "a card with a seal": f"{PAN}.{'0' * 32}",
    "blanks": SPACED,
    "a header": f"KNOWN-1\r\nX: y.{'0' * 32}",
    "a book": "K" * 60_000,
}
_BODIES: Final[Mapping[str, bytes]] = {
    "nothing": b"",
    "json": b'{"cres":"eyJ9"}',
    "no utf-8": b"cres=%ff",
    "an escape cut": b"cres=%2",
    "a NUL": b"cres=\0",
    "utf-16": "cres=eyJ9".encode("utf-16"),
    "many": b"&".join([b"a=1"] * 5000),
    "an answer twice": _v2("KNOWN-1") + b"&cres=eyJ9",
    "a session twice": _v1("KNOWN-1") + b"&MD=KNOWN-1",
    "both versions": _v1("KNOWN-1") + b"&" + _v2("KNOWN-1"),
    "a card": urlencode({"pan": PAN}).encode(),
}


def _rows() -> Iterator[Row]:
    for name, session in _SESSIONS.items():
        for version, body in (("2", _v2(session)), ("1", _v1(session))):
            yield Row(f"version {version}: {name}", Given(body), "400", says=_NONE)
    for row in callbacks.ROWS:
        body = urlencode({name: value.encode("utf-8", "surrogatepass") for name, value in row.given.items()}).encode()
        yield Row(f"form {row.name}", Given(body), "400" if len(body) <= 98_304 else "413", says=_NONE)
    for name, body in _BODIES.items():
        yield Row(f"body: {name}", Given(body), "400", says=_NONE)
    yield Row("no length, and too long", Given(b"a=" + b"x" * 100_000, piece=5000), "413", says=_NONE)
    for length in ("98305", "9" * 20):
        given = Given(_v1("KNOWN-1"), headers={**_FORM, "content-length": length})
        yield Row(f"said to be {length[:5]} bytes", given, "413", says=_NONE)
    for media_type in ("", "application/json", "text/plain", "multipart/form-data; boundary=x", PAN):
        given = Given(_v1("KNOWN-1"), headers={"content-type": media_type})
        yield Row(f"type {media_type!r}", given, "415", says=_NONE)
    for method in ("GET", "PUT", "DELETE", "OPTIONS"):
        yield Row(method, Given(b"", method), "405", says="method_unknown")
    for path in (f"{PATH}/", "/callbacks", f"/callbacks/{PAN}", f"{PATH}/../3ds"):
        yield Row(f"at {path}", Given(_v1("KNOWN-1"), path=path), "404", says="route_unknown")


ROWS = [*_rows()]


def knock(world: World, given: Given) -> Told:
    """Post it, as a browser would."""
    request = Request(given.method, given.path, given.body, headers=given.headers, piece=given.piece)
    answer = world.http.ask(request)
    return told(str(answer.status), text=answer.body.decode())
