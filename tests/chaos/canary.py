"""Finds a planted card in bytes, in every form it could have leaked in. Where the bytes come from: `remains`.

A card number is sixteen digits and is looked for as such. A security code is three, and stands in every second
timestamp: it is looked for where it means something, beside its name, the way every serialiser we know would put it,
the sealed plaintext's own form included. The holder is made up for the test and is in the same plaintext: where the
code is readable, the holder is too.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tests.chaos.forms import Forms, unpacked

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
#: Bytes of the shortest form that is looked for. The shortest text is one of these; what is shorter is a rest of base85
#: that random bytes contain in every tenth megabyte.
FORM_MIN = len("cvc=973")


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
    """Knows every form of the planted cards; `sings` names those that are in the data, packed or not."""

    def __init__(self, *cards: Planted) -> None:
        names: dict[bytes, str] = {}
        for card in cards:
            for name, form in forms_of(card):
                names.setdefault(form, name)
        self._forms = Forms(names)

    def sings(self, data: bytes) -> list[str]:
        """Names of the forms found."""
        found = self._forms.within(data)
        for packing, inner in unpacked(data):
            found |= {f"{name}, in {packing}" for name in self._forms.within(inner)}
        return sorted(found)

    def __len__(self) -> int:
        return len(self._forms)


def forms_of(card: Planted) -> Iterator[tuple[str, bytes]]:
    """Every form of this card with its name, `<what>, <how written>, <how encoded>`."""
    for what, texts in (("pan", _written(card.pan)), ("cvc", _beside(card.cvc)), ("holder", {"plain": card.holder})):
        for writing, text in texts.items():
            for coding, code in CODINGS.items():
                for number, form in enumerate(code(text)):
                    if len(form) >= FORM_MIN:
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
    for mark in ("", " ", ":", "-", "\\x", "%", "%25", "=", ", 0x", ",0x"):
        for written in (mark.join(pairs), mark.join(pairs).upper().replace("X", "x")):
            yield written.encode()


def _octal(text: str) -> Iterator[bytes]:
    yield "".join(f"\\{ord(character):03o}" for character in text).encode()


def _html(text: str) -> Iterator[bytes]:
    yield "".join(f"&#{ord(character)};" for character in text).encode()
    yield "".join(f"&#x{ord(character):x};" for character in text).encode()
    yield html.escape(text).encode()


def _json(text: str) -> Iterator[bytes]:
    yield "".join(f"\\u{ord(character):04x}" for character in text).encode()
    yield json.dumps(text).strip('"').encode()
    yield json.dumps(json.dumps(text)).strip('"\\').encode()


def _url(text: str) -> Iterator[bytes]:
    yield urllib.parse.quote(text, safe="").encode()
    yield urllib.parse.quote_plus(text).encode()
    yield urllib.parse.quote(urllib.parse.quote(text, safe=""), safe="").encode()


def _in(*names: str) -> Callable[[str], Iterator[bytes]]:
    return lambda text: (text.encode(name, "replace") for name in names)


def _based(encode: Callable[[bytes], bytes], group: int, letters: int) -> Callable[[bytes], Iterator[bytes]]:
    """All letters of an encoding that the data alone decide, wherever in a longer text they stand.

    `group` bytes become `letters` letters. Where a letter stands for so many bits (base64), a group that is there only
    in part decides some of its letters; where it does not (base85), none.
    """
    bits, rest = divmod(group * 8, letters)

    def at_every_alignment(data: bytes) -> Iterator[bytes]:
        for before in range(group):
            coded = encode(b"\0" * before + data + b"\0" * group)
            after = before + len(data)
            if rest:
                yield coded[-(-before // group) * letters : after // group * letters]
            else:
                yield coded[-(-before * 8 // bits) : after * 8 // bits]

    return at_every_alignment


_base64, _base32 = _based(base64.b64encode, 3, 4), _based(base64.b32encode, 5, 8)
_base85, _ascii85 = _based(base64.b85encode, 4, 5), _based(base64.a85encode, 4, 5)
_URLSAFE = bytes.maketrans(b"+/", b"-_")
_UU = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", bytes(range(0x20, 0x60)).replace(b" ", b"`")
)


def _base64s(text: str) -> Iterator[bytes]:
    """Of the text, and of its wide form."""
    yield from _base64(text.encode())
    yield from _base64(text.encode("utf-16-le"))


def _base64_twice(text: str) -> Iterator[bytes]:
    for first in _base64(text.encode()):
        for form in _base64(first):
            yield form
            yield form.translate(_URLSAFE)


#: Ways to encode a text, each with all its variants.
CODINGS: Mapping[str, Callable[[str], Iterator[bytes]]] = {
    "utf-8": _in("utf-8"),
    "utf-16": _in("utf-16-le", "utf-16-be"),
    "utf-32": _in("utf-32-le", "utf-32-be"),
    "ebcdic": _in("cp500"),
    "hex": _hex,
    "octal": _octal,
    "json": _json,
    "html": _html,
    "url": _url,
    "base64": _base64s,
    "base64url": lambda text: (form.translate(_URLSAFE) for form in _base64s(text)),
    "base64 twice": _base64_twice,
    "uuencode": lambda text: (form.translate(_UU) for form in _base64(text.encode())),
    "base32": lambda text: _base32(text.encode()),
    "base85": lambda text: _base85(text.encode()),
    "ascii85": lambda text: _ascii85(text.encode()),
}
