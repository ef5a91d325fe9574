"""The demo that stays, as a newcomer meets it: by what it prints, and nothing else."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.commands import Commands, Ran
from tests.console_process import Console
from tests.e2e.test_demo import LINE, demo, left_behind
from tests.eventually import eventually
from tests.house.tree import ROOT

#: Seconds until it is open, on a machine that others want too.
OPEN_S = 200
#: What it prints last of what it opens.
OPEN = "cardinity renew run\n"
#: What another terminal is to type first.
SOURCED = r"^ +(\. \S+/env)$"


class Printed:
    """What the demo has said so far."""

    def __init__(self, tmp_path: Path) -> None:
        self.text = (tmp_path / "stderr").read_text("utf-8")

    def found(self, pattern: str) -> str:
        """What stands there, in the first group."""
        found = re.search(pattern, self.text, re.MULTILINE)
        assert found, self.text
        return found[1]

    @property
    def commands(self) -> list[str]:
        """What is worth a try, in order."""
        return re.findall(r"^    cardinity (.+)$", self.text, re.MULTILINE)

    @property
    def terminal(self) -> dict[str, str]:
        """The environment of another terminal, with live settings of its own, once it has typed what it should."""
        script = f"{self.found(SOURCED)}; env -0"
        before = {"PATH": os.environ["PATH"], "REDIS_LEDGER_URL_FILE": "/run/secrets/live"}
        env = subprocess.run(["/bin/sh", "-ec", script], env=before, capture_output=True, text=True, check=True).stdout
        return dict(line.split("=", 1) for line in env.split("\0") if line)


@pytest.mark.slow
@pytest.mark.timeout(500)
def test_a_demo_that_stays_can_be_looked_at_and_ends_clean(tmp_path: Path, commands: Commands) -> None:
    """Console, metrics and commands are where it says; every command that it prints works; Ctrl-C leaves nothing."""
    running = demo(tmp_path, "--payments", "60", "--stay")
    try:
        eventually(lambda: OPEN in Printed(tmp_path).text or running.poll() is not None, "it is open", within_s=OPEN_S)
        printed = Printed(tmp_path)
        env = printed.terminal
        _look_around(printed)
        _try_everything(printed.commands, lambda line: commands.run(*shlex.split(line), env=env, cwd=ROOT))
    finally:
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate()
    told = Printed(tmp_path).text
    first, last = (LINE.fullmatch(line) for line in out.splitlines(keepends=True))
    assert first and last, (out, told)
    assert (running.returncode, int(first[1]), int(last[7])) == (0, 60, 0), told
    assert int(last[1]) > 60
    assert left_behind(tmp_path, running.pid) == []


def _look_around(printed: Printed) -> None:
    password = printed.found(r"password (\S+)$")
    console = Console(printed.found(r"^ +console +(\S+)$"))
    with console.entered("ona", password) as ona:
        eventually(lambda: "about=DOUBT-1" in ona.page("/doubtful"), "it is parked")
        assert "told to the owner: DEMO-000001:accepted" in ona.page("/orders?order_id=DEMO-000001")
        eventually(lambda: "deposits" in ona.page("/batches"), "the archive has the batch")
        assert "Why payments were declined" in ona.page("/today")
    with console.entered("jonas", password) as jonas:
        assert "/actions/" not in jonas.page("/")
    scraped = httpx.get(printed.found(r"^ +metrics +(\S+)$"), trust_env=False, timeout=30)
    assert "cardinity_attempts_total{" in scraped.text


def _try_everything(lines: list[str], cardinity: Callable[[str], Ran]) -> None:
    eventually(lambda: "DOUBT-2" in cardinity("parked list").out, "both are parked")
    for line in lines:
        ran = cardinity(line)
        assert ran.code == 0, (line, ran)
    for order_id, state in (("DOUBT-1", "not_charged"), ("DOUBT-2", "approved")):
        assert f"{order_id}: {state}" in cardinity(f"explain {order_id}").out
