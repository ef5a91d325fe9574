"""Finds a planted card in bytes, in every form it could have leaked in. Where the bytes come from: `remains`.

A card number is sixteen digits and is looked for as such. A security code is three, and stands in every second
timestamp: it is looked for where it means something, beside its name, the way every serialiser we know would put it,
the sealed plaintext's own form included. The holder is made up for the test and is in the same plaintext: where the
code is readable, the holder is too.
"""

from __future__ import annotations

import base64
import hashlib
import json
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

#: How a name and its value come to stand together.
_BESIDE = (
    '"{name}":"{value}"',
    '"{name}": "{value}"',
    '"{name}":{value}',
    '"{name}": {value}',
    "'{name}': '{value}'",
    "{name}='{value}'",
    "{name}={value}",
    "{name}: {value}",
    "{name} {value}",
)
_NAMES = ("cvc", "CVC", "cvv", "security_code")
_FULLWIDTH, _ARABIC = 0xFF10, 0x0660


@dataclass(frozen=True, slots=True)
class Planted:
    """A card that exists for one test only."""

    pan: str
    cvc: str
    holder: str

    @property
    def fields(self) -> dict[str, object]:
        """As a producer is given it."""
        return {"pan": self.pan, "exp_month": 4, "exp_year": 2031, "cvc": self.cvc, "holder": self.holder}


class Canary:
    """Knows every form of the planted cards; `sings` names those that are in the data."""

    def __init__(self, *cards: Planted) -> None:
        self._forms: dict[bytes, str] = {}
        for card in cards:
            for name, form in forms_of(card):
                self._forms.setdefault(form, name)

    def sings(self, data: bytes) -> list[str]:
        """Names of the forms found."""
        return sorted({name for form, name in self._forms.items() if form in data})


def forms_of(card: Planted) -> Iterator[tuple[str, bytes]]:
    """Every form of this card with its name, `<what>, <how written>, <how encoded>`."""
    for what, texts in (("pan", _written(card.pan)), ("cvc", _beside(card.cvc)), ("holder", {"plain": card.holder})):
        for writing, text in texts.items():
            for coding, code in CODINGS.items():
                for number, form in enumerate(code(text)):
                    yield f"{what}, {writing}, {coding} {number}", form
    yield from ((f"pan, {name}", form) for name, form in _numbers(card.pan))
    yield from ((f"pan, {name}", form) for name, form in _unkeyed_digests(card.pan))


def _written(pan: str) -> Mapping[str, str]:
    fours = [pan[start : start + 4] for start in range(0, len(pan), 4)]
    return {
        "plain": pan,
        "reversed": pan[::-1],
        **{f"fours by {mark!r}": mark.join(fours) for mark in (" ", "-", ".", "_", "\n", "\\n", "%20", "+")},
        **{f"digits by {mark!r}": mark.join(pan) for mark in (" ", "-", ",", ", ", "', '", '","', '", "')},
        "fullwidth": "".join(chr(_FULLWIDTH + int(digit)) for digit in pan),
        "arabic": "".join(chr(_ARABIC + int(digit)) for digit in pan),
    }


def _beside(cvc: str) -> Mapping[str, str]:
    return {shape: shape for name in _NAMES for shape in (pattern.format(name=name, value=cvc) for pattern in _BESIDE)}


def _numbers(pan: str) -> Iterator[tuple[str, bytes]]:
    """As a program keeps a number that it does not take for text."""
    value = int(pan)
    yield "float", f"{pan[0]}.{pan[1:].rstrip('0')}e".encode()
    yield "hex number", f"{value:x}".encode()
    yield "packed digits", bytes.fromhex(pan)
    yield "8 bytes, little end first", value.to_bytes(8, "little")
    yield "8 bytes, big end first", value.to_bytes(8, "big")


def _unkeyed_digests(pan: str) -> Iterator[tuple[str, bytes]]:
    """A digest without a key is the number: there are too few numbers to hide among."""
    for name in ("md5", "sha1", "sha256", "sha512"):
        digest = hashlib.new(name, pan.encode(), usedforsecurity=False).digest()
        yield f"{name} raw", digest
        yield f"{name} hex", digest.hex().encode()
        yield f"{name} base64", base64.b64encode(digest).rstrip(b"=")


def _hex(text: str) -> Iterator[bytes]:
    digits = text.encode().hex()
    pairs = [digits[start : start + 2] for start in range(0, len(digits), 2)]
    for mark in ("", " ", ":", "-", "\\x", "%", "%25", ", 0x", ",0x"):
        for written in (mark.join(pairs), mark.join(pairs).upper().replace("X", "x")):
            yield written.encode()


def _wide(text: str) -> Iterator[bytes]:
    for coding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        yield text.encode(coding)


def _escaped(text: str) -> Iterator[bytes]:
    yield "".join(f"\\u{ord(character):04x}" for character in text).encode()
    yield "".join(f"\\{ord(character):03o}" for character in text).encode()
    yield "".join(f"&#{ord(character)};" for character in text).encode()
    yield "".join(f"&#x{ord(character):x};" for character in text).encode()
    yield json.dumps(text).strip('"').encode()
    yield json.dumps(json.dumps(text)).strip('"\\').encode()


def _url(text: str) -> Iterator[bytes]:
    yield urllib.parse.quote(text, safe="").encode()
    yield urllib.parse.quote_plus(text).encode()
    yield urllib.parse.quote(urllib.parse.quote(text, safe=""), safe="").encode()


def _based(encode: Callable[[bytes], bytes], bits: int) -> Callable[[bytes], Iterator[bytes]]:
    """All letters of an encoding that the data alone decide, wherever in a longer text they stand."""

    def at_every_alignment(data: bytes) -> Iterator[bytes]:
        for before in range({6: 3, 5: 5}[bits]):
            coded = encode(b"\0" * before + data)
            yield coded[-(-before * 8 // bits) : (before + len(data)) * 8 // bits]

    return at_every_alignment


_base64, _base32 = _based(base64.b64encode, 6), _based(base64.b32encode, 5)


def _base64s(text: str) -> Iterator[bytes]:
    """Both alphabets; of the text, of its wide form, and of what was base64 already."""
    once = list(_base64(text.encode()))
    twice = [form for first in once for form in _base64(first)]
    for form in (*once, *twice, *_base64(text.encode("utf-16-le"))):
        yield form
        yield form.replace(b"+", b"-").replace(b"/", b"_")


#: Ways to encode a text, each with all its variants.
CODINGS: Mapping[str, Callable[[str], Iterator[bytes]]] = {
    "utf-8": lambda text: iter((text.encode(),)),
    "wide": _wide,
    "hex": _hex,
    "escaped": _escaped,
    "url": _url,
    "base64": _base64s,
    "base32": lambda text: _base32(text.encode()),
}
