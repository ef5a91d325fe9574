"""No bytes make a parser raise what it does not document, or repeat digits of a card.

The same examples in every run: what is new is looked for by `python -m tests.inputs.fuzz`.
"""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.inputs.fuzz.__main__ import unguided
from tests.inputs.fuzz.mutation import INPUT_MAX, PIECES
from tests.inputs.fuzz.parser import Parser
from tests.inputs.fuzz.parsers import PARSERS
from tests.inputs.fuzz.verdict import Echo, execute
from tests.unit.contract.builders import PAN

#: Where something is changed, how much is taken out there, and what comes in.
EDITS = st.lists(
    st.tuples(st.integers(0, 600), st.integers(0, 16), st.sampled_from(PIECES) | st.binary(max_size=8)), max_size=6
)


@cache
def seeds_of(parser: str) -> list[bytes]:
    """What a parser's fuzzing starts from."""
    return [data for data in PARSERS[parser].seeds() if len(data) <= INPUT_MAX]


@pytest.mark.parametrize("parser", PARSERS)
@settings(derandomize=True, max_examples=200, database=None)
@given(data=st.data())
def test_a_changed_input_is_taken_or_refused(parser: str, data: st.DataObject) -> None:
    """A few changes to what the parser knows."""
    changed = bytearray(data.draw(st.sampled_from(seeds_of(parser))))
    for at, length, piece in data.draw(EDITS):
        changed[at : at + length] = piece
    execute(PARSERS[parser], bytes(changed))


@pytest.mark.parametrize("parser", PARSERS)
@settings(derandomize=True, max_examples=100, database=None)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_taken_or_refused(parser: str, data: bytes) -> None:
    """And whatever else."""
    execute(PARSERS[parser], data)


@pytest.mark.parametrize("parser", PARSERS)
def test_what_fuzzing_starts_from_is_taken_or_refused(parser: str) -> None:
    """Every seed, as it is; and there are some."""
    assert seeds_of(parser)
    for data in seeds_of(parser):
        execute(PARSERS[parser], data)


def test_a_planted_bug_is_found() -> None:
    """The fuzzer of our own finds an exception that three equal brackets cause, and shows the input."""

    def run(data: bytes) -> str:
        if b"[[[" in data:
            raise KeyError(data)
        return ""

    ran = unguided(Parser("planted", run, lambda: iter([b'{"a": [1]}'])), 10_000, seed=1)
    assert ran.finding.startswith("FOUND KeyError")
    assert "[[[" in ran.finding


def test_a_planted_echo_is_found() -> None:
    """A refusal that repeats digits of a card is a finding, and digits that are taken are none."""
    with pytest.raises(Echo):
        execute(Parser("planted", lambda data: f"not a number: {data.decode()}", lambda: iter([])), PAN.encode())
    execute(Parser("planted", lambda data: "", lambda: iter([])), PAN.encode())
