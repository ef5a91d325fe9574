"""How an envelope is laid out in bytes: put together, and cut at its lengths. What is cut is not yet to be believed."""

from __future__ import annotations

from typing import Final, NamedTuple

from producers.contract.header import read_header
from producers.contract.keys import MAC_BYTES
from producers.contract.versions import VERSIONS, Version
from producers.errors import EnvelopeError

_LENGTH_BYTES: Final = 2
#: Digits of a key's id (`keys.key_id`).
_KID_DIGITS: Final = 16
#: Bytes of an envelope at the most, by what its two lengths can say.
_BYTES_MAX: Final = 1 + 2 * (_LENGTH_BYTES + 256**_LENGTH_BYTES - 1) + MAC_BYTES


class Parts(NamedTuple):
    """An envelope cut at its lengths, not yet believed. `signed` is everything before the signature."""

    version: Version
    header: bytes
    sealed: bytes
    signed: bytes
    mac: bytes


def key_id_of(data: bytes) -> str:
    """Whose key opens an envelope, as it says itself; empty for what is no envelope of ours."""
    try:
        parts = cut(data)
        return read_header(parts.header, parts.version).kid
    except EnvelopeError:
        return ""


def header_bytes(data: bytes) -> bytes:
    """The header of an envelope that we have just written, as its bytes."""
    return _take(data, 1)[0]


def kid_in(header: bytes) -> str:
    """The key's id in a header that we have just written: its third field, and nothing before it can be spelled so."""
    return header.partition(b'"kid":"')[2][:_KID_DIGITS].decode()


def with_length(part: bytes) -> bytes:
    """The part behind its length."""
    return len(part).to_bytes(_LENGTH_BYTES) + part


def cut(data: bytes) -> Parts:
    """The parts of an envelope.

    Raises:
        EnvelopeError: it is none of ours.
    """
    if not data:
        raise EnvelopeError("envelope_auth_failed", "there is no envelope")
    version = _version(data[0])
    if len(data) > _BYTES_MAX:
        raise EnvelopeError("envelope_auth_failed", "the envelope is longer than any of ours")
    header, header_end = _take(data, 1)
    sealed, sealed_end = _take(data, header_end)
    mac_bytes = len(data) - sealed_end
    if not mac_bytes:
        raise EnvelopeError("signature_missing", "the envelope carries no signature")
    if mac_bytes != MAC_BYTES:
        raise EnvelopeError("envelope_auth_failed", "the envelope is cut short or has something behind it")
    return Parts(version, header, sealed, data[:sealed_end], data[sealed_end:])


def _take(data: bytes, at: int) -> tuple[bytes, int]:
    """The part whose length stands there, and where it ends."""
    start = at + _LENGTH_BYTES
    end = start + int.from_bytes(data[at:start])
    if len(data) < end:
        raise EnvelopeError("envelope_auth_failed", "the envelope is cut short")
    return data[start:end], end


def _version(number: int) -> Version:
    version = VERSIONS.get(number)
    if version is None:
        code = "version_newer" if number > max(VERSIONS) else "version_unsupported"
        raise EnvelopeError(code, f"the envelope is of version {number}, we read {', '.join(map(str, VERSIONS))}")
    return version
