"""The little programs of the image: the probe, the repeater, and the list of what is inside."""

from __future__ import annotations

import http.server
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from deploy.probe import is_well
from deploy.sbom import inventory
from tests.eventually import eventually
from tests.house.tree import ROOT


class Clinic(http.server.BaseHTTPRequestHandler):
    """Well at /livez only."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/livez" else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def clinic() -> Iterator[str]:
    """Where it answers."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Clinic)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_probe_tells_the_well_from_the_ill(clinic: str) -> None:
    """200 is well; anything else, and a port where nobody listens, is not."""
    assert is_well(f"{clinic}/livez")
    assert not is_well(f"{clinic}/readyz")
    assert not is_well("http://127.0.0.1:1/livez")


def test_a_command_is_repeated_until_it_is_stopped(tmp_path: Path) -> None:
    """It runs again and again, however it ends; SIGTERM reaches the run that is on, which is waited for."""
    runs = tmp_path / "runs"
    script = (
        "import pathlib, signal, sys, time\n"
        f"runs = pathlib.Path({str(runs)!r})\n"
        "count = len(runs.read_text()) if runs.exists() else 0\n"
        "runs.write_text('x' * (count + 1))\n"
        "if count < 2: sys.exit(75)\n"
        f"signal.signal(signal.SIGTERM, lambda *_: (runs.write_text('stopped'), sys.exit(0)))\n"
        f"pathlib.Path({str(tmp_path / 'waits')!r}).touch()\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "deploy/every.py", "0.01", sys.executable, "-c", script]
    with subprocess.Popen(command, cwd=ROOT) as repeater:
        eventually((tmp_path / "waits").exists, "the third run waits")
        repeater.send_signal(signal.SIGTERM)
        assert repeater.wait(30) == 0
    assert runs.read_text() == "stopped"


def test_the_inventory_names_what_is_installed(tmp_path: Path) -> None:
    """As CycloneDX: each with its version and its package URL, once."""
    told = json.loads(json.dumps(inventory()))
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    names = [each["purl"] for each in told["components"]]
    assert f"pkg:pypi/dramatiq@{version('dramatiq')}" in names
    assert len(set(names)) == len(names)
