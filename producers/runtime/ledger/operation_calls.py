"""What operators say to all workers at once, and what workers say of their breakers, as pure constructors of a `Call`.

A word is kept in the hash `keys.OPERATIONS` under what it is about: `queue:payments` and `account:default` while they
are paused, `breaker:default` since somebody has last reset it. Workers read the hash by themselves
(`workers/duties/heeding.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

import msgspec

from producers.runtime.ledger.call import Call

#: What a word can be about; a name follows.
QUEUE: Final = "queue:"
ACCOUNT: Final = "account:"
BREAKER: Final = "breaker:"


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word: when (ms, the ledger's clock), by whom, and why, if they said so."""

    at_ms: int
    by: str
    because: str = ""


_read_word: Final = msgspec.json.Decoder(Said).decode


def say(about: str, word: Said | None) -> Call[Said | None]:
    """Keep the word, or take it back (None); answers the one before."""
    text = b"" if word is None else msgspec.json.encode(word)
    return Call("say", (about, text), lambda reply: word_from(cast(bytes, reply[1])), durable=True)


def tell_breakers(worker: str, states: Mapping[str, str], *, kept_ms: int) -> Call[None]:
    """Keep the states of a worker's breakers, by account, for so long; with none, forget them."""
    text = msgspec.json.encode(states) if states else b""
    return Call("breakers", (worker, text, kept_ms), lambda _: None)


def word_from(text: bytes | None) -> Said | None:
    """A word as it is written; None where there is none, or one that we cannot have written."""
    try:
        return _read_word(text) if text else None
    except msgspec.DecodeError:
        return None


def words_from(flat: Mapping[bytes, bytes], kind: str) -> dict[str, Said]:
    """All words of one kind, by what they are about."""
    named = ((name.decode(errors="replace"), word_from(text)) for name, text in flat.items())
    return {name.removeprefix(kind): word for name, word in named if word and name.startswith(kind)}


def breakers_from(text: bytes | None) -> dict[str, str]:
    """The states that `tell_breakers` kept."""
    return msgspec.json.decode(text, type=dict[str, str]) if text else {}
