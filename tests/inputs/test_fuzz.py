"""No bytes make a parser raise what it does not document, or repeat digits of a card.

The same examples in every run: what is new is looked for by `python -m tests.inputs.fuzz`.
"""

from __future__ import annotations

import random
from functools import cache

import pytest

from tests.inputs.fuzz.__main__ import unguided
from tests.inputs.fuzz.mutation import INPUT_MAX
from tests.inputs.fuzz.parser import Parser
from tests.inputs.fuzz.parsers import PARSERS
from tests.inputs.fuzz.verdict import Echo, execute
from tests.unit.contract.builders import PAN

#: Inputs of each parser that are changed, and the length up to which there is one of each length that is random.
CHANGED, RANDOM_MAX = 400, 300


@cache
def seeds_of(parser: str) -> list[bytes]:
    """What a parser's fuzzing starts from."""
    return [data for data in PARSERS[parser].seeds() if len(data) <= INPUT_MAX]


@pytest.mark.parametrize("parser", PARSERS)
def test_a_changed_input_is_taken_or_refused(parser: str) -> None:
    """A few changes to what the parser knows."""
    assert unguided(PARSERS[parser], len(seeds_of(parser)) + CHANGED, seed=1).finding == ""


@pytest.mark.parametrize("parser", PARSERS)
def test_any_bytes_are_taken_or_refused(parser: str) -> None:
    """And whatever else."""
    rng = random.Random(parser)
    for length in range(RANDOM_MAX):
        execute(PARSERS[parser], rng.randbytes(length))


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
