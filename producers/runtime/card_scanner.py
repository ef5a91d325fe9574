"""Finds card numbers in text about to leave the process. Pure; the last line of defence, not the first.

A number is 12 to 19 digits that pass Luhn and start as some scheme's do. Of random 16-digit ids one in ten
passes Luhn and one in forty both, so the scanner stands behind an allow-list of fields, not in its place.

Digits are looked for as they are (any script, separators between), percent-encoded, as hex of their ASCII and
inside base64. To find base64 by decoding every token would cost microseconds each; instead one expression
matches groups of four letters that can only stand for digits and separators. Whatever the alignment, twelve
digits in a row fill three such groups. A number glued to other digits: runs of up to 16 are judged whole, of
17 to 19 also by their first 15 and 16 (a security code behind the number), longer ones at every position.

A hit removes the whole text: expiry date and security code stand beside the number and look like nothing.
"""

from __future__ import annotations

import binascii
import re
import unicodedata
from collections.abc import Iterator
from itertools import takewhile
from urllib.parse import unquote_plus

from producers.contract.card_numbers import DIGITS_MAX, DIGITS_MIN, is_card_number

#: What a text becomes in which a card number was found.
REMOVED = "[card number removed]"
#: Rounds of percent-decoding: what was encoded for a URL inside a URL is found, and nothing recurses further.
PERCENT_ROUNDS = 2
_SEPARATORS = r"[ \t.,_/+-]"
_PLAIN = re.compile(rf"[0-9](?:{_SEPARATORS}{{0,2}}[0-9]){{11,}}")
_HEX_DIGIT = r"(?:3[0-9]|2[0bcdefBCDEF])"
_HEX = re.compile(rf"{_HEX_DIGIT}(?:(?:\\x|0x|, ?0x|[ :,-])?{_HEX_DIGIT}){{11,}}")
_HEX_PAIR = re.compile(rf"(?:\\x|0x|[ :,-])*({_HEX_DIGIT})")
#: Four letters of base64 that stand for three characters, each a digit, a blank or one of `+,-./`.
_BASE64 = re.compile(r"(?:[MNOIKL][CDSTijyz][AEIMQUYcgkosw048][w-z0-5grstuv]){3,}")
_BASE64_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
#: Random ids: a UUID with a letter in it is not a number, however its digits fall.
_UUID = re.compile(
    r"(?<![0-9A-Za-z])(?=[0-9-]{0,35}[A-Fa-f])"
    r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])"
)
_GROUP = re.compile(r"[0-9]+")


def scrub(text: str) -> str:
    """The text itself, or `REMOVED` if a card number is in it."""
    return REMOVED if contains_card_number(text) else text


def contains_card_number(text: str) -> bool:
    """Whether a number that could be a card's is in the text, in any of the encodings named above."""
    if not text.isascii():
        text = _ascii_digits(text)
    if len(text) < DIGITS_MIN:
        return False
    if _in_plain(text) or _in_base64(text) or _in_hex(text):
        return True
    for _ in range(PERCENT_ROUNDS):
        if "%" not in text:
            return False
        text = _ascii_digits(unquote_plus(text))
        if _in_plain(text) or _in_base64(text):
            return True
    return False


def _in_plain(text: str) -> bool:
    match = _PLAIN.search(text)
    if match is None:
        return False
    # Only now: the search above is cheaper than this, and nearly always answers.
    return any(_any_card(m.group()) for m in _PLAIN.finditer(_UUID.sub("*", text)))


def _in_hex(text: str) -> bool:
    for match in _HEX.finditer(text):
        pairs = _HEX_PAIR.findall(match.group())
        if _in_plain(bytes.fromhex("".join(pairs)).decode("ascii")):
            return True
    return False


def _in_base64(text: str) -> bool:
    for match in _BASE64.finditer(text):
        before = text[max(0, match.start() - 4) : match.start()]
        head = before if len(before) == 4 and _BASE64_LETTERS.issuperset(before) else ""
        after = "".join(takewhile(_BASE64_LETTERS.__contains__, text[match.end() : match.end() + 4]))
        whole = head + match.group() + after.ljust(4, "A")
        decoded = binascii.a2b_base64(whole.replace("-", "+").replace("_", "/")).decode("latin-1")
        if _in_plain(decoded):
            return True
    return False


def _any_card(run: str) -> bool:
    """Whether some groups of digits standing together in the run, or a part of a long group, are a number."""
    groups = _GROUP.findall(run)
    return any(is_card_number(candidate) for candidate in _candidates(groups))


def _candidates(groups: list[str]) -> Iterator[str]:
    for start, group in enumerate(groups):
        digits = ""
        for following in groups[start:]:
            digits += following
            if len(digits) > DIGITS_MAX:
                break
            if len(digits) >= DIGITS_MIN:
                yield digits
        yield from _parts(group)


def _parts(group: str) -> Iterator[str]:
    if len(group) > DIGITS_MAX:
        for start in range(len(group) - DIGITS_MIN):
            yield from (group[start : start + length] for length in (13, 14, 15, 16))
    elif len(group) > 16:
        yield from (group[:15], group[:16])


def _ascii_digits(text: str) -> str:
    """NFKC; digits of every script as ASCII, blanks and dashes as one each, invisible characters gone."""
    if text.isascii():
        return text
    return "".join(_plain_character(character) for character in unicodedata.normalize("NFKC", text))


def _plain_character(character: str) -> str:
    if character.isascii():
        return character
    decimal = unicodedata.decimal(character, None)
    if decimal is not None:
        return str(decimal)
    match unicodedata.category(character):
        case "Zs":
            return " "
        case "Pd":
            return "-"
        case "Cf" | "Mn":
            return ""
        case _:
            return character
