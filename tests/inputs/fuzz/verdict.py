"""One execution and what is wrong with it."""

from __future__ import annotations

from tests.inputs.fuzz.parser import Parser
from tests.inputs.judging import repeats_card


class Echo(AssertionError):
    """A refusal repeats what it must not."""


def execute(parser: Parser, data: bytes) -> None:
    """Run the parser once; raises whatever it may not raise, or `Echo`."""
    if repeats_card(parser.run(data)):
        raise Echo(parser.name)
