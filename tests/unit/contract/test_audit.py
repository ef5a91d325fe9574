"""The chain of the audit trail: whatever is done to its lines afterwards is found."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from producers.contract.audit import START, Entry, Head, chained, read_line, verify
from tests.unit.contract.builders import PAN

NOW_MS = 1_768_471_200_000


def trail(count: int, subject: str = "nightly") -> list[Entry]:
    """So many entries, each chained to the one before."""
    entries: list[Entry] = []
    for number in range(count):
        before = entries[-1].head if entries else START
        entries.append(
            chained(
                before,
                at_ms=NOW_MS + number,
                actor="ona@host-1",
                action="batch.pause",
                subject=f"{subject}-{number}",
                details={"zeta": "1", "alpha": "ą"},
            )
        )
    return entries


LINES = [entry.line for entry in trail(12)]
HEAD = trail(12)[-1].head
CHANGES = ("change", "drop", "swap", "repeat", "cut", "insert", "rewrite")


@st.composite
def mutated(draw: st.DrawFn) -> list[bytes]:
    """The lines after somebody was at them."""
    lines, at = list(LINES), draw(st.integers(0, len(LINES) - 1))
    match draw(st.sampled_from(CHANGES)):
        case "change":
            place = draw(st.integers(0, len(lines[at]) - 1))
            byte = draw(st.integers(0, 255))
            lines[at] = lines[at][:place] + bytes([byte]) + lines[at][place + 1 :]
        case "drop":
            del lines[at]
        case "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        case "repeat":
            lines.insert(at, lines[at])
        case "cut":
            lines = lines[:at]
        case "insert":
            lines.insert(at, draw(st.binary(max_size=40)))
        case _:  # written anew: a chain that agrees with itself
            lines = [entry.line for entry in trail(draw(st.integers(0, 14)), "quiet")]
    assume(lines != LINES)
    return lines


def test_an_untouched_trail_has_no_findings() -> None:
    """All lines are counted, and the end is told."""
    verdict = verify(LINES, [HEAD, trail(3)[-1].head])
    assert (verdict.lines, verdict.head, verdict.findings) == (12, HEAD, ())


@given(lines=mutated())
def test_whatever_is_done_to_a_trail_is_found(lines: list[bytes]) -> None:
    """By who knows where it ended: a byte, a line missing, swapped, twice, foreign, the end, or all of them."""
    assert verify(lines, [HEAD]).findings


@given(lines=mutated())
def test_what_is_done_inside_a_trail_is_found_without_its_end(lines: list[bytes]) -> None:
    """Only a trail that was cut off or written anew as a whole agrees with itself."""
    rewritten = b"quiet" in b"".join(lines)
    assume(not rewritten and lines != LINES[: len(lines)])
    assert verify(lines).findings


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (LINES[:3] + LINES[4:], ["line_missing"]),
        (LINES[1:], ["line_missing"]),
        ([LINES[0], LINES[2], LINES[1]], ["line_missing", "line_swapped"]),
        ([LINES[0].replace(b"ona", b"eva"), *LINES[1:]], ["line_changed", "line_unchained"]),
        ([LINES[0], trail(2, "other")[1].line], ["line_unchained"]),
        ([LINES[0], b"[]", LINES[2]], ["line_unreadable"]),
    ],
)
def test_a_finding_says_what_it_is(lines: list[bytes], codes: list[str]) -> None:
    """Each kind of damage has a code of its own."""
    assert [finding.code for finding in verify(lines).findings] == codes


def test_a_trail_that_lost_its_end_is_found_by_the_end() -> None:
    """Lines that were cut off, and one that was another when its end was written down."""
    assert [(finding.seq, finding.code) for finding in verify(LINES[:5], [HEAD]).findings] == [(12, "end_missing")]
    foreign = Head(4, "f" * 64)
    assert [(finding.seq, finding.code) for finding in verify(LINES, [foreign]).findings] == [(4, "line_replaced")]


def test_anybody_can_check_a_line_with_a_hash_function() -> None:
    """The hash is the SHA-256 of the line without its last member: no program of ours is needed."""
    first, second = LINES[0].decode(), json.loads(LINES[1])
    body = first[: first.rindex(',"hash":')] + "}"
    assert json.loads(first)["hash"] == second["prev"] == hashlib.sha256(body.encode()).hexdigest()


def test_a_line_holds_no_card_number_and_forges_none() -> None:
    """What an operator typed in the wrong place is masked; a text cannot end the line it stands in."""
    entry = chained(
        START, at_ms=1, actor="a@b", action="order.cancel", subject=PAN, details={"reason": f'x","hash":"\n{PAN}'}
    )
    assert PAN.encode() not in entry.line
    assert b"\n" not in entry.line
    assert read_line(entry.line) == (entry, entry.head.hash)
