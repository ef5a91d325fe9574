"""OAuth 1.0 from the server's side: the reference's vectors, an independent signer, and everything forged."""

import hmac
import re
from base64 import b64encode
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth1 import Client

from cardinity_client.sandbox.signature import Verifier, base_url

KEY, SECRET = "demo_key", "demo secret+1"
NOW_S = 1_700_000_000
API = "https://api.cardinity.com/v1"
PRINTABLE = st.text(st.characters(codec="ascii", min_codepoint=33, max_codepoint=126), max_size=12)


@pytest.mark.parametrize(
    ("method", "path", "query", "signature"),
    [
        ("POST", "/payments", b"", "olZmcdiuDAVLl8F7ZkhaHCd/l9g="),
        ("GET", "/payments", b"limit=100", "s158zHQzlS53oR/obDSaGAfnZQU="),
        ("PATCH", "/payments/3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10", b"", "Gvwx8WtHKn7XdljidgOsAwD6Dh4="),
    ],
)
def test_the_reference_vectors_pass(method: str, path: str, query: bytes, signature: str) -> None:
    """Signatures worked out by hand for the reference are accepted."""
    assert _verifier().problem(method, API + path, query, _header(oauth_signature=signature)) is None


@given(path=PRINTABLE, names=st.lists(st.tuples(PRINTABLE, st.text(max_size=8)), max_size=4))
def test_what_oauthlib_signs_passes(path: str, names: list[tuple[str, str]]) -> None:
    """An independent signer and this verifier agree on any path and query."""
    encodable = [(name, value.encode(errors="replace").decode()) for name, value in names]
    url, query = f"{API}/{quote(path, safe='')}", urlencode(encodable)
    full = f"{url}?{query}" if query else url
    header = Client(KEY, SECRET, nonce="n", timestamp=str(NOW_S)).sign(full, "POST")[1]["Authorization"]
    assert _verifier().problem("POST", url, query.encode(), header) is None


def test_extra_oauth_members_belong_to_the_base_string() -> None:
    """A member such as oauth_body_hash passes when it was signed and fails when it was added."""
    signed = _header(oauth_body_hash="aGFzaA==", oauth_signature=None)
    assert _problem(signed) is None
    assert _problem(signed.replace("aGFzaA", "b3RoZXI")) == "the signature does not match"


def test_other_members_of_the_header_do_not_count() -> None:
    """realm, and query parameters that one client repeats in the header, are not signed here."""
    assert _problem(_header().replace("OAuth ", 'OAuth realm="shop", limit="10", ')) is None


def test_members_may_stand_in_any_order_without_spaces() -> None:
    """Clients differ in order and separator."""
    members = _header().removeprefix("OAuth ").split(", ")
    assert _problem("OAuth " + ",".join(reversed(members))) is None


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (None, "not OAuth"),
        ("", "not OAuth"),
        ("Basic ZGVtbzpkZW1v", "not OAuth"),
        ("Bearer token", "not OAuth"),
        ("OAuth", "oauth_consumer_key is missing"),
    ],
)
def test_other_credentials_are_refused(header: str | None, problem: str) -> None:
    """No header, or one of another scheme, is told apart from a wrong signature."""
    assert problem in (_problem(header) or "")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"oauth_consumer_key": "other"}, "unknown consumer key"),
        ({"oauth_signature_method": "PLAINTEXT"}, "only OAuth 1.0 with HMAC-SHA1"),
        ({"oauth_version": "2.0"}, "only OAuth 1.0 with HMAC-SHA1"),
        ({"oauth_nonce": ""}, "oauth_nonce is missing"),
        ({"oauth_timestamp": "soon"}, "outside the window"),
        ({"oauth_timestamp": str(NOW_S - 301)}, "outside the window"),
        ({"oauth_timestamp": str(NOW_S + 301)}, "outside the window"),
        ({"oauth_signature": "AAAA"}, "does not match"),
        ({"oauth_signature": "not base64"}, "does not match"),
        ({"oauth_signature": "ÿ"}, "does not match"),
    ],
)
def test_a_forged_member_is_refused(changes: dict[str, str], problem: str) -> None:
    """Every member of the header is checked."""
    assert problem in (_problem(_header(**changes)) or "")


def test_a_member_given_twice_is_refused() -> None:
    """Two values for one member leave open which was signed."""
    assert _problem(_header() + ', oauth_nonce="other"') == "an oauth member is given twice"


@pytest.mark.parametrize("offset_s", [-300, 300])
def test_a_clock_may_be_five_minutes_off(offset_s: int) -> None:
    """The window includes its ends."""
    assert _problem(_header(oauth_timestamp=str(NOW_S + offset_s), oauth_signature=None)) is None


def test_a_signature_is_for_one_method_url_and_query() -> None:
    """The same header does not open another request."""
    verifier, header = _verifier(), _header()
    assert verifier.problem("POST", f"{API}/payments", b"", header) is None
    assert verifier.problem("PATCH", f"{API}/payments", b"", header)
    assert verifier.problem("POST", f"{API}/payments/", b"", header)
    assert verifier.problem("POST", f"{API}/payments", b"limit=1", header)


def test_a_nonce_may_come_again_unless_strict() -> None:
    """A repeated request passes, as the vendor's Java client needs it; strict mode refuses it."""
    relaxed, strict, header = _verifier(), _verifier(strict=True), _header()
    assert [relaxed.problem("POST", f"{API}/payments", b"", header) for _ in range(2)] == [None, None]
    verdicts = [strict.problem("POST", f"{API}/payments", b"", header) for _ in range(2)]
    assert verdicts == [None, "the nonce was used before"]


def test_a_refused_request_does_not_use_up_its_nonce() -> None:
    """A forged request cannot burn the nonce of a genuine one."""
    strict = _verifier(strict=True)
    assert strict.problem("POST", f"{API}/payments", b"", _header(oauth_signature="AAAA"))
    assert strict.problem("POST", f"{API}/payments", b"", _header()) is None


@pytest.mark.parametrize(
    ("scheme", "host", "expected"),
    [
        ("http", "LocalHost:8080", "http://localhost:8080/v1"),
        ("http", "api.example:80", "http://api.example/v1"),
        ("https", "api.example:443", "https://api.example/v1"),
        ("https", "api.example:80", "https://api.example:80/v1"),
    ],
)
def test_the_base_url_has_no_default_port(scheme: str, host: str, expected: str) -> None:
    """The host is lower-case, and a port is named only when it is unusual."""
    assert base_url(scheme, host, "/v1") == expected


def _verifier(*, strict: bool = False) -> Verifier:
    return Verifier(KEY, SECRET, lambda: float(NOW_S), strict_nonces=strict)


def _problem(header: str | None) -> str | None:
    return _verifier().problem("POST", f"{API}/payments", b"", header)


def _header(**changes: str | None) -> str:
    """The header of the first vector, changed; a signature of None is worked out afresh."""
    members: dict[str, str | None] = {
        "oauth_consumer_key": KEY,
        "oauth_nonce": "n0nce-0001",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(NOW_S),
        "oauth_version": "1.0",
        "oauth_signature": "olZmcdiuDAVLl8F7ZkhaHCd/l9g=",
        **changes,
    }
    if members["oauth_signature"] is None:
        members["oauth_signature"] = _sign({name: value or "" for name, value in members.items()})
    return "OAuth " + ", ".join(f'{name}="{_encode(value or "")}"' for name, value in members.items())


def _sign(members: dict[str, str]) -> str:
    signed = {name: value for name, value in members.items() if name != "oauth_signature"}
    parameters = "&".join(f"{name}={_encode(value)}" for name, value in sorted(signed.items()))
    base = f"POST&{_encode(API + '/payments')}&{_encode(parameters)}"
    return b64encode(hmac.digest(f"{_encode(SECRET)}&".encode(), base.encode(), "sha1")).decode()


def _encode(text: str) -> str:
    return re.sub(rb"[^A-Za-z0-9._~-]", lambda byte: b"%%%02X" % byte[0][0], text.encode()).decode()
