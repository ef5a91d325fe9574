"""Notifications as the hosted payment page sends them, and as somebody would change them on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from urllib.parse import quote_from_bytes, urlencode

from cardinity_client import Secret
from cardinity_client.notifications.shapes import FIELDS
from cardinity_client.notifications.signing import form_message, signature_of

SECRET = Secret("demo_project_secret")
PROJECT = "test_pr_demo"
PAYMENT_ID = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
#: A payment of the page that was approved in test mode, where `live` comes empty.
APPROVED: Mapping[str, str] = {
    "amount": "25.50",
    "country": "LT",
    "created": "2026-01-15T10:00:00.123Z",
    "currency": "EUR",
    "description": "Demo order",
    "id": PAYMENT_ID,
    "live": "",
    "order_id": "ORD-1001",
    "payment_method": "card",
    "project_id": PROJECT,
    "status": "approved",
    "type": "purchase",
}
_DESCRIPTIONS = (
    "Demo order",
    "",
    "Live paid video, type A, status open",
    "id live order",
    "Žuvis ☕ & Söhne = 100%",
    "in error",
    "fix error 3001",
    "amount due: 25.50",
)


def signed(fields: Mapping[str, str], secret: Secret[str] = SECRET) -> dict[str, str]:
    """The fields with the signature that fits them."""
    return {**fields, "signature": signature_of(form_message(fields), secret)}


def body_of(fields: Mapping[str, str]) -> bytes:
    """As a browser encodes it."""
    return urlencode(fields).encode()


def a_notice(random: Random) -> dict[str, str]:
    """Some payment, with the fields the gateway sends for it; empty ones may be there or not."""
    declined = random.random() < 0.4
    fields = dict(APPROVED) | {
        "amount": random.choice(["25.50", "0.50", "1255.00"]),
        "description": random.choice(_DESCRIPTIONS),
        "live": random.choice(["", "1", "true"]),
        "order_id": random.choice(["ORD-1001", "id", "1.live", "a-type"]),
        "status": "declined" if declined else random.choice(["approved", "pending"]),
        "error": random.choice(["3001: Insufficient funds", "33333: 3D Secure Authorization Failed."])
        if declined
        else "",
    }
    if declined and random.random() < 0.5:
        fields["merchant_advice_code"] = "03: Do not try again"
    for name in ("description", "created", "country", "error", "payment_method"):
        if random.random() < 0.2 and not (declined and name == "error"):
            del fields[name]
    return fields


def mutated(random: Random, fields: Mapping[str, str]) -> bytes:
    """The signed notification of `fields`, changed in one of the ways a forger has."""
    return random.choice(_MUTATIONS)(random, fields)


def _other_bytes(random: Random, fields: Mapping[str, str]) -> bytes:
    """A byte that is changed, missing or new."""
    body = bytearray(body_of(signed(fields)))
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(body))
        body[at : at + random.randint(0, 2)] = bytes([random.choice([*b"&=%+;0aZ\0\xff", random.randrange(256)])])
    return bytes(body)


def _read_anew(random: Random, fields: Mapping[str, str]) -> bytes:
    """The same signed text, cut into fields at other places: the signature fits."""
    text = form_message(fields).decode()
    places = sorted(
        (text.find(name, at), name) for name in FIELDS for at in range(len(text)) if text.startswith(name, at)
    )
    cuts = [(at, name) for at, name in dict.fromkeys(places) if random.random() < 0.8]
    chosen: list[tuple[int, str]] = []
    for at, name in cuts:
        if not chosen or (at >= chosen[-1][0] + len(chosen[-1][1]) and name > chosen[-1][1]):
            chosen.append((at, name))
    ends = [at for at, _ in chosen[1:]] + [len(text)]
    found = {name: text[at + len(name) : end] for (at, name), end in zip(chosen, ends, strict=True)}
    return body_of({**found, "signature": signed(fields)["signature"]})


def _merged(random: Random, fields: Mapping[str, str]) -> bytes:
    """One field moved into the end of the one before it: the signature fits."""
    names = sorted(fields)
    at = random.randrange(len(names) - 1)
    found = dict(fields)
    found[names[at]] += names[at + 1] + found.pop(names[at + 1])
    return body_of({**found, "signature": signed(fields)["signature"]})


def _moved(random: Random, fields: Mapping[str, str]) -> bytes:
    """Some characters moved between two fields, the name between them left where it was."""
    names = sorted(fields)
    at = random.randrange(len(names) - 1)
    first, second = names[at], names[at + 1]
    found, many = dict(fields), random.randint(1, 4)
    found[first], found[second] = found[first] + found[second][:many], found[second][many:]
    return body_of({**found, "signature": signed(fields)["signature"]})


def _twice(random: Random, fields: Mapping[str, str]) -> bytes:
    """A field that is there twice."""
    name = random.choice([*signed(fields)])
    extra = {name: random.choice([signed(fields)[name], "1", ""])}
    parts = [body_of(signed(fields)), body_of(extra)]
    random.shuffle(parts)
    return b"&".join(parts)


def _foreign(random: Random, fields: Mapping[str, str]) -> bytes:
    """A field that the gateway has not signed, or that nobody knows."""
    return body_of({**signed(fields), random.choice(["amount ", "Amount", "fee", "signature2", ""]): "1"})


def _swapped(random: Random, fields: Mapping[str, str]) -> bytes:
    """Another value under the old signature."""
    name = random.choice([*fields])
    changed = {**fields, name: random.choice(["approved", "1000.00", "USD", "", "LT", PAYMENT_ID[::-1]])}
    return body_of({**changed, "signature": signed(fields)["signature"]})


def _written_otherwise(random: Random, fields: Mapping[str, str]) -> bytes:
    """The same fields in another order and another encoding: no change at all."""
    items = [*signed(fields).items()]
    random.shuffle(items)
    return b"&".join(
        b"=".join("".join(map("%{:02x}".format, text.encode())).encode() for text in item)
        if random.random() < 0.5
        else b"=".join(quote_from_bytes(text.encode()).encode() for text in item)
        for item in items
    )


_MUTATIONS: tuple[Callable[[Random, Mapping[str, str]], bytes], ...] = (
    _other_bytes, _read_anew, _merged, _moved, _twice, _foreign, _swapped, _written_otherwise,
)  # fmt: skip
