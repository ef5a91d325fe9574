"""Trails that were lost with their ledger: which ends of a host belong to one, by what the present trail says. Pure.

A lost ledger begins a trail anew. Its lines `ledger.lockdown` and `ledger.recover` say where the lost one ended, for
the host that wrote them. That alone excuses nothing: whoever has the password can write such a line. It says which
lines must be shown from elsewhere (the archive has them): both trails together are held against all ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from producers.contract.audit import START, Finding, Head, Verdict, read_line, verify

__all__ = ["TRAIL_ENDED", "Loss", "chain_to", "explained", "loss_in"]

#: The detail in which a line says where the lost trail ended: "number hash".
TRAIL_ENDED: Final = "trail_ended"
_TELL: Final = frozenset({"ledger.lockdown", "ledger.recover"})


class Loss(NamedTuple):
    """`told_by` is the line that tells of it, `end` where the lost trail ended, `heads` those that are of it or of
    trails before it, and `rest` those of the trail that is there.
    """

    told_by: int
    end: Head
    heads: tuple[Head, ...]
    rest: tuple[Head, ...]


def loss_in(lines: Iterable[bytes], known: Sequence[Head]) -> Loss | None:
    """The last loss that these lines tell of, and that this host, whose ends are `known` in their order, has seen."""
    found: Loss | None = None
    here: set[Head] = set()
    for line in lines:
        read = read_line(line)
        if read is None:
            continue
        here.add(read[0].head)
        end = _head(read[0].details.get(TRAIL_ENDED, ""))
        if read[0].action in _TELL and end in known and end not in here:
            at = len(known) - list(reversed(known)).index(end)
            found = Loss(read[0].seq, end, tuple(known[:at]), tuple(known[at:]))
    return found


def chain_to(end: Head, by_hash: Mapping[str, bytes]) -> list[bytes]:
    """The lines of a trail that ended there, oldest first, as far back as they are among these."""
    lines: list[bytes] = []
    wanted = end.hash
    while (line := by_hash.get(wanted)) is not None and (read := read_line(line)) is not None:
        lines.append(line)
        wanted = read[0].prev
    return lines[::-1]


def explained(loss: Loss, archived: Sequence[bytes]) -> Verdict:
    """Whether the lost trail is here, from its first line through all its ends: then nothing of it is missing.
    `archived` are its lines (`chain_to`).
    """
    of_it = _of_last_trail(loss.heads)
    verdict = verify(archived, of_it)
    if verdict.head == loss.end and not verdict.findings:
        return verdict
    message = (
        f"lines up to {loss.end.seq} were lost with their ledger, as line {loss.told_by} tells: hold the last export"
        " against this host's audit.heads"
    )
    return Verdict(verdict.lines, verdict.head, (Finding(loss.end.seq, "trail_lost", message), *verdict.findings))


def _of_last_trail(heads: Sequence[Head]) -> list[Head]:
    """Ends of one trail grow: where the number falls, another one began."""
    begin = max((at for at in range(1, len(heads)) if heads[at].seq < heads[at - 1].seq), default=0)
    return list(heads[begin:])


def _head(text: str) -> Head:
    seq, _, digest = text.partition(" ")
    return Head(int(seq), digest) if seq.isdecimal() else START
