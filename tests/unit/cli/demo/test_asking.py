"""How the demo that stays is asked to end."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from workers.cli.demo.asking import asked_to_end


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """As in a terminal: whatever runs in the background has Ctrl-C ignored from its start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_interrupts(number: signal.Signals) -> None:
    """Whoever will not wait for the end presses Ctrl-C once more."""
    with asked_to_end() as asked:
        assert not asked()
        signal.raise_signal(number)
        assert asked()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_signals_are_what_they_were_once_nobody_listens() -> None:
    """The rest of the program stops as it always did."""
    before = signal.getsignal(signal.SIGTERM)
    with asked_to_end():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
