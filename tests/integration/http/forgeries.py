"""Notifications as somebody changes them on the way, thousands of them from one seed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import NamedTuple

from cardinity_client import Secret
from cardinity_client.notifications.signing import signature_of
from tests.unit.client.notices import SECRET, a_notice, body_of, mutated, signed

JSON, HOSTED = "/webhooks/cardinity", "/webhooks/cardinity/hosted"
#: A secret that is not ours.
THEIRS = Secret("theirs")
_KINDS = ("payment.approved", "payment.declined", "payment.pending", "refund.approved", "settlement.approved")


class Told(NamedTuple):
    """One notification as it comes in."""

    path: str
    body: bytes
    headers: tuple[tuple[str, str], ...]


def told(random: Random, count: int, ids: Sequence[str], order_ids: Sequence[str]) -> Iterator[Told]:
    """So many notifications about these payments and orders, half of each language; now and then an earlier one."""
    sent: list[Told] = []
    for _ in range(count):
        if sent and random.random() < 0.05:
            yield random.choice(sent)
            continue
        made = random.choice((_form, _event))(random, ids, order_ids)
        sent.append(made)
        yield made


def _form(random: Random, ids: Sequence[str], order_ids: Sequence[str]) -> Told:
    fields = a_notice(random) | {"id": random.choice(ids), "order_id": random.choice(order_ids)}
    kind = random.random()
    if kind < 0.05:
        body = body_of(signed(fields))
    elif kind < 0.1:
        body = body_of(signed(fields, THEIRS))
    else:
        body = mutated(random, fields)
    if random.random() < 0.01:
        body += b"&" * random.randrange(100_000)
    return Told(HOSTED, body, (("content-type", random.choice(["application/x-www-form-urlencoded", "text/html"])),))


def _event(random: Random, ids: Sequence[str], order_ids: Sequence[str]) -> Told:
    data = {"id": random.choice(ids), "order_id": random.choice(order_ids), "status": "approved", "amount": "25.50"}
    if random.random() < 0.3:
        data["payment_id"] = random.choice(ids)
    body = json.dumps({"type": random.choice(_KINDS), "data": data}).encode()
    changed = random.choice(_BODIES)(random, body)
    # Whoever changes a body on the way has the old signature; whoever has the secret signs what they like.
    whose = THEIRS if random.random() < 0.1 else SECRET
    signature = signature_of(changed if random.random() < 0.4 else body, whose)
    return Told(JSON, changed, tuple(_headers(random, random.choice(_SIGNATURES)(random, signature))))


def _headers(random: Random, signature: str) -> Iterator[tuple[str, str]]:
    yield "content-type", random.choice(["application/json", "text/plain", "application/json; charset=utf-16"])
    if signature or random.random() < 0.5:
        yield "x-cardinity-signature", signature
    if random.random() < 0.05:
        yield "x-cardinity-signature", "0" * 64


def _cut(random: Random, body: bytes) -> bytes:
    return body[: random.randrange(len(body))]


def _other_byte(random: Random, body: bytes) -> bytes:
    at = random.randrange(len(body))
    return body[:at] + bytes([random.randrange(256)]) + body[at + 1 :]


def _twice(random: Random, body: bytes) -> bytes:
    """A member twice, of which each reader believes another."""
    extra = random.choice([b'"type":"payment.approved",', b'"data":{},', b'"id":"x",'])
    return body.replace(b"{", b"{" + extra, random.choice([1, 2]))


def _more(random: Random, body: bytes) -> bytes:
    """Members that nobody knows."""
    return body[:-1] + random.choice([b',"paid":true}', b',"Type":"ping"}', b',"":0}', b',"data ":{"id":1}}'])


def _huge(random: Random, body: bytes) -> bytes:
    return body + b" " * random.choice([65_000, 66_000, 500_000])


def _deep(random: Random, body: bytes) -> bytes:
    return b'{"type":' * random.choice([7, 70, 7000]) + body


def _not_utf8(random: Random, body: bytes) -> bytes:
    return random.choice([body.replace(b"a", b"\xff"), body.decode().encode("utf-16"), b"\xef\xbb\xbf" + body])


def _shifted(random: Random, body: bytes) -> bytes:
    """Text of one value moved into the next."""
    at = random.choice([index for index, byte in enumerate(body) if byte == ord('"')])
    return body[:at] + body[at + 1 : at + 4] + b'"' + body[at + 4 :]


def _as_it_is(random: Random, body: bytes) -> bytes:
    return body


_BODIES: tuple[Callable[[Random, bytes], bytes], ...] = (
    _as_it_is, _cut, _other_byte, _twice, _more, _huge, _deep, _not_utf8, _shifted,
)  # fmt: skip
_SIGNATURES: tuple[Callable[[Random, str], str], ...] = (
    lambda random, text: text,
    lambda random, text: text,
    lambda random, text: text.upper(),
    lambda random, text: text[: random.randrange(64)],
    lambda random, text: "",
    lambda random, text: text + random.choice(["0", " ", ",", text]),
    lambda random, text: random.choice("0123456789abcdef") + text[1:],
    lambda random, text: f"sha256={text}",
)
