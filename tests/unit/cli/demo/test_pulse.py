"""How it goes while the demo stays, told where there is no terminal."""

from __future__ import annotations

import pytest

from workers.cli.demo.pulse import LINE_EVERY_S, Pulse
from workers.cli.shell.output import Screen


def test_without_a_terminal_there_is_a_line_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr, with all orders so far and the pace of late; what is said besides comes at once."""
    now = [0.0]
    with Pulse(Screen(), clock=lambda: now[0]) as pulse:
        pulse.show({"approved": 1200})
        pulse.say("demo: something")
        now[0] = LINE_EVERY_S
        pulse.show({"approved": 1290, "parked": 2, "accepted": 1})
        pulse.show({"approved": 1291})
    out, err = capsys.readouterr()
    assert (out, err) == ("", "demo: something\ndemo: 60.0 s, 1,293 orders, 1.5/s: 2 parked, 1290 approved\n")
