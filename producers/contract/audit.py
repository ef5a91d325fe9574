"""The lines of the audit trail, each chained to the one before it, and what is wrong with a chain. Pure.

A line is one JSON object in one spelling: its fields in the order of `Entry`, the names of its details sorted, and
last `hash`, the SHA-256 of the line without that member. `prev` is the hash of the line before. Nothing here is secret:
whoever has the lines can check them (decision 29).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from producers.contract.card_numbers import mask_card_numbers

__all__ = [
    "ACTIONS",
    "START",
    "Entry",
    "Finding",
    "Head",
    "Verdict",
    "chained",
    "read_line",
    "verify",
]

#: What can be done, and what the subject of its line is.
ACTIONS: Final[Mapping[str, str]] = {
    "account.pause": "the merchant account",
    "account.resume": "the merchant account",
    "batch.cancel": "the batch",
    "batch.pause": "the batch",
    "batch.resume": "the batch",
    "breaker.reset": "the merchant account",
    "console.login": "the console's user",
    "console.logout": "the console's user",
    "console.refused": "the console's user whose name was given, or nobody",
    "customer.erase": "the customer's pseudonym",
    "customer.export": "the customer's pseudonym",
    "dispute.lift": "the chargeback",
    "key.destroy": "the key's id",
    "key.retire": "the key's id",
    "key.rotate": "the id of the new key",
    "ledger.lockdown": "the epoch that was found",
    "ledger.recover": "the epoch that was lost",
    "order.cancel": "the order_id",
    "order.resolve": "the order_id",
    "period.release": "the subscription and the period's number",
    "period.waive": "the subscription and the period's number",
    "quarantine.drop": "the message's id in quarantine",
    "quarantine.replay": "the message's id in quarantine",
    "queue.pause": "the queue",
    "queue.resume": "the queue",
    "review.approve": "the order_id",
    "review.reject": "the order_id",
    "settings.change": "the SHA-256 of the settings",
    "webhook.disable": "the endpoint",
    "webhook.enable": "the endpoint",
    "webhook.forget": "the reader of the stream",
    "webhook.redeliver": "the event's id, or since when",
    "webhook.test": "the endpoint",
    "vault.destroy": "the key's id",
    "vault.renew": "the id of the key that tokens are sealed for",
    "vault.retire": "the key's id",
    "vault.rotate": "the id of the new key",
}
#: Characters of a subject or of one detail that are kept.
TEXT_MAX: Final = 400
#: Findings that are told of one chain: a replaced chain has as many as it has lines.
FINDINGS_MAX: Final = 100

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_LINE: Final = re.compile(rb'(\{.*),"hash":"([0-9a-f]{64})"\}', re.DOTALL)


class Head(NamedTuple):
    """The end of a chain: the number of its last line, and that line's hash."""

    seq: int
    hash: str


#: The head of a chain without lines.
START: Final = Head(0, "0" * 64)


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who did what to what, when (ms since 1970 UTC, by Redis' clock). `prev` is the hash of the entry before."""

    seq: int
    at_ms: int
    actor: str
    action: str
    subject: str
    details: dict[str, str]
    prev: str

    @property
    def body(self) -> bytes:
        """What the hash is made of: fields in their order, details by name."""
        return _ENCODER.encode(self)

    @property
    def head(self) -> Head:
        """The end of the chain once this is its last entry."""
        return Head(self.seq, hashlib.sha256(self.body).hexdigest())

    @property
    def line(self) -> bytes:
        """The entry as it is kept and exported."""
        return b'%b,"hash":"%b"}' % (self.body[:-1], self.head.hash.encode())


class Finding(NamedTuple):
    """What is wrong where: `code` is one of `line_unreadable`, `line_changed`, `line_missing`, `line_swapped`,
    `line_unchained`, `line_replaced`, `end_missing`."""

    seq: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many lines there are, where the chain ends, and what is wrong with it: nothing, as a rule."""

    lines: int
    head: Head
    findings: tuple[Finding, ...]


_DECODER: Final = msgspec.json.Decoder(Entry)


def chained(before: Head, *, at_ms: int, actor: str, action: str, subject: str, details: Mapping[str, str]) -> Entry:
    """The entry that follows this head. What looks like a card number is masked, long texts are cut."""
    assert action in ACTIONS, action
    return Entry(
        seq=before.seq + 1,
        at_ms=at_ms,
        actor=_shown(actor),
        action=action,
        subject=_shown(subject),
        details={name: _shown(text) for name, text in details.items()},
        prev=before.hash,
    )


def read_line(line: bytes) -> tuple[Entry, str] | None:
    """The entry of a line and the hash that it claims; None when it is no line of ours."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    try:
        entry = _DECODER.decode(found[1] + b"}")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return (entry, found[2].decode()) if entry.body == found[1] + b"}" else None


def verify(lines: Iterable[bytes], known: Iterable[Head] = ()) -> Verdict:
    """Whether these lines, oldest first, are one unbroken chain from its start, through all the heads that somebody
    has seen of it elsewhere. Holds one line at a time.
    """
    heads: dict[int, set[str]] = {}
    for head in known:
        heads.setdefault(head.seq, set()).add(head.hash)
    findings: list[Finding] = []
    count, before = 0, START
    for line in lines:
        count += 1
        read = read_line(line)
        if read is None:
            _find(findings, before.seq + 1, "line_unreadable", "is no line of an audit trail")
            before = Head(before.seq + 1, "")
            continue
        entry, claimed = read
        _check(findings, entry, claimed, before)
        if heads.get(entry.seq, set()) - {entry.head.hash}:
            _find(findings, entry.seq, "line_replaced", "was another one when it was written down elsewhere")
        before = entry.head
    for seq in sorted(seq for seq in heads if seq > before.seq):
        _find(findings, seq, "end_missing", "was seen elsewhere, and the chain ends before it")
    return Verdict(count, before, tuple(findings))


def _check(findings: list[Finding], entry: Entry, claimed: str, before: Head) -> None:
    if entry.head.hash != claimed:
        _find(findings, entry.seq, "line_changed", "does not have the hash that it says")
    if entry.seq > before.seq + 1:
        _find(findings, before.seq + 1, "line_missing", f"is missing: the next one is {entry.seq}")
    elif entry.seq <= before.seq:
        _find(findings, entry.seq, "line_swapped", f"stands behind {before.seq}")
    elif before.hash and entry.prev != before.hash:
        _find(findings, entry.seq, "line_unchained", "does not follow the line before it")


def _find(findings: list[Finding], seq: int, code: str, message: str) -> None:
    if len(findings) < FINDINGS_MAX:
        findings.append(Finding(seq, code, f"line {seq} {message}"))


def _shown(text: str) -> str:
    masked = mask_card_numbers(text[:TEXT_MAX])
    return "".join(character if character.isprintable() else "�" for character in masked)
