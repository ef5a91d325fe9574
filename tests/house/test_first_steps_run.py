"""What docs/first-steps.md tells a newcomer to type works, in its order, from an empty folder."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.documents import FENCED
from tests.house.tree import ROOT, text
from tests.ports import free_port

PATH = "docs/first-steps.md"
#: Seconds for the whole page, which starts some twenty commands and waits for H once.
PAGE_TIMEOUT_S = 400
#: What the page calls them; other tests have these ports at the same time.
PORTS = ("6379", "8085", "9464", "8088")
#: What is typed where a password is asked for.
PASSWORD = "correct horse battery"
#: What follows on what is done in a browser.
DECIDED = "cardinity explain PLAY-2\n"
#: The commands of an environment that was activated, for this tree, whether it is installed or not.
COMMANDS = {"cardinity": f'exec "{sys.executable}" -m workers.cli "$@"', "python": f'exec "{sys.executable}" "$@"'}


@pytest.mark.slow
@pytest.mark.timeout(440)
def test_the_first_steps_lead_where_they_say(tmp_path: Path) -> None:
    """Charge, renewal, report, metrics, and a parked order that is decided in the console; everything is stopped."""
    for name, line in COMMANDS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n")
        (tmp_path / name).chmod(0o700)
    page = subprocess.Popen(
        ["/bin/bash", "-euo", "pipefail", "-c", _script(tmp_path)],
        cwd=ROOT,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = page.communicate(f"{PASSWORD}\n", timeout=PAGE_TIMEOUT_S)
    finally:
        if page.poll() is None:
            os.killpg(page.pid, signal.SIGKILL)
    assert page.returncode == 0, said
    assert (tmp_path / "build/play/report.html").stat().st_size > 0
    for shown in ("approved\n", "1 to charge", "cardinity_attempts_total{", "ona is operator", "ona@console"):
        assert shown in said, said


def _script(folder: Path) -> str:
    """The blocks of the page, in order, and between them what is done in a browser."""
    blocks = (_typed(language, code) for language, code in FENCED.findall(text(PATH)))
    script = "".join(blocks).replace(". .venv/bin/activate\n", f"cd {folder}\n")
    assert script.count(DECIDED) == 1
    script = script.replace(
        DECIDED, f"python -m tests.house.at_the_console http://127.0.0.1:8088 {PASSWORD!r}\n{DECIDED}"
    )
    # At once: what was put in for one of them may hold the digits of the next.
    ports = {port: str(free_port()) for port in PORTS}
    script = re.sub(rf"\b({'|'.join(ports)})\b", lambda port: ports[port[0]], script)
    return script.replace("../../deploy/", f"{ROOT}/deploy/")


def _typed(language: str, code: str) -> str:
    return code if language != "python" else f"cat > shop.py <<'END'\n{code}END\npython shop.py\n"
