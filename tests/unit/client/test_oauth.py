"""OAuth 1.0 signatures: the reference's own vectors, and oauthlib's opinion on generated requests."""

import re
from typing import Literal
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth1 import Client

from cardinity_client import Secret
from cardinity_client.oauth import OAuth1

PAYMENTS = "https://api.cardinity.com/v1/payments"
#: Unreserved, reserved, multi-byte and already encoded characters.
TEXTS = st.text(alphabet="aZ09-._~ +&=%/?:;,'\"éžß€漢😀*()!@$", max_size=12)
#: Without `?`, which ends a path, and `;`, which the other library drops at a path's end.
PATHS = st.text(alphabet="aZ09-._~ +&=%/:,'\"éžß€漢😀*()!@$", max_size=12)


def signer(key: str = "demo_key", secret: str = "demo secret+1") -> OAuth1:
    return OAuth1(key, Secret(secret), clock=lambda: 1700000000.9, nonce=lambda: "n0nce-0001")


def members(header: str) -> dict[str, str]:
    assert header.startswith("OAuth ")
    return {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}


@pytest.mark.parametrize(
    ("method", "url", "signature"),
    [
        ("POST", PAYMENTS, "olZmcdiuDAVLl8F7ZkhaHCd/l9g="),
        ("GET", f"{PAYMENTS}?limit=100", "s158zHQzlS53oR/obDSaGAfnZQU="),
        ("PATCH", f"{PAYMENTS}/3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10", "Gvwx8WtHKn7XdljidgOsAwD6Dh4="),
    ],
)
def test_the_reference_vectors_are_met(method: str, url: str, signature: str) -> None:
    """The three signatures written down for the gateway come out."""
    assert members(signer().header(method, url))["oauth_signature"] == signature


def test_the_header_has_exactly_the_members_the_gateway_knows() -> None:
    """Six members, no token, no realm, no body hash."""
    assert members(signer().header("POST", PAYMENTS)) == {
        "oauth_consumer_key": "demo_key",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_version": "1.0",
        "oauth_nonce": "n0nce-0001",
        "oauth_timestamp": "1700000000",
        "oauth_signature": "olZmcdiuDAVLl8F7ZkhaHCd/l9g=",
    }


@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "DELETE"]),
    host=st.sampled_from(["api.cardinity.com", "API.Cardinity.com:443", "127.0.0.1:8080", "[::1]:9000"]),
    path=PATHS,
    query=st.lists(st.tuples(TEXTS, TEXTS), max_size=4),
    key=TEXTS.filter(bool),
    secret=TEXTS,
)
def test_every_signature_is_the_one_oauthlib_makes(
    method: Literal["GET", "POST", "PATCH", "DELETE"],
    host: str,
    path: str,
    query: list[tuple[str, str]],
    key: str,
    secret: str,
) -> None:
    """Over generated hosts, paths, queries, keys and secrets an independent library signs the same."""
    url = str(httpx.URL(f"https://{host}/v1/").copy_with(path=f"/v1/{path}", params=query))
    theirs = Client(key, secret, nonce="n0nce-0001", timestamp="1700000000").sign(url, method)[1]["Authorization"]
    ours = signer(key, secret).header(method, url)
    assert members(ours)["oauth_signature"] == members(theirs)["oauth_signature"]


def test_every_request_gets_a_nonce_of_its_own() -> None:
    """A thousand requests to one URL carry a thousand nonces."""
    auth = OAuth1("demo_key", Secret("demo"))
    nonces = {members(auth.header("POST", PAYMENTS))["oauth_nonce"] for _ in range(1000)}
    assert len(nonces) == 1000


def test_an_httpx_request_is_signed_on_its_way() -> None:
    """As an httpx.Auth it puts the header for the request's own method and URL."""
    request = httpx.Request("GET", f"{PAYMENTS}?limit=100")
    signed = next(signer().sync_auth_flow(request))
    assert signed.headers["authorization"] == signer().header("GET", f"{PAYMENTS}?limit=100")


def test_the_signer_does_not_show_its_key() -> None:
    """Neither the signer nor its fields print the signing key."""
    assert "demo%20secret" not in f"{signer()!r} {vars(signer())}"
