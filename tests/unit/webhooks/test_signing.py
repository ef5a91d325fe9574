"""Signatures as Standard Webhooks has them. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from cardinity_client.secret import Secret
from workers.events.webhooks.signing import read_key, signed_headers, webhook_id

NEW, OLD = Secret(b"n" * 32), Secret(b"o" * 32)


def test_the_example_of_the_specification() -> None:
    """The vector that the libraries of standardwebhooks.com are tested with."""
    key = read_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert key is not None
    signed = b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." + b'{"test": 2432232314}'
    mac = base64.b64encode(hmac.digest(key.reveal(), signed, "sha256"))
    assert mac == b"g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_every_key_signs_what_is_sent() -> None:
    """The id, the time and the body, with a signature by each key, the present one first."""
    headers = signed_headers("ORD.1:approved", b"{}", 1_768_471_200, (NEW, OLD))
    name = webhook_id("ORD.1:approved")
    expected = [
        "v1,"
        + base64.b64encode(hmac.new(key.reveal(), f"{name}.1768471200.{{}}".encode(), hashlib.sha256).digest()).decode()
        for key in (NEW, OLD)
    ]
    assert headers["webhook-signature"].split(" ") == expected
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (name, "1768471200")


def test_an_id_is_the_events_and_holds_no_full_stop() -> None:
    """The same event has the same id for ever: receivers tell by it what they know already."""
    assert webhook_id("ORD.1:approved") == webhook_id("ORD.1:approved") != webhook_id("ORD.2:approved")
    assert "." not in webhook_id("ORD.1:approved")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_",
        "whsec_short",
        "whsec_####",
        "whsec_" + "A" * 88,
        "whsec_" + "é" * 32,
    ],
)
def test_what_is_no_secret_is_refused(text: str) -> None:
    """24 to 64 bytes in base64 behind the prefix, and nothing else."""
    assert read_key(text) is None
