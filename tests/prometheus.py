"""Prometheus for tests, from the system's package: its own directory, a free port on loopback, and its checker."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.eventually import eventually

#: How its log says which free port it has taken.
_LISTENING = re.compile(r'msg="Listening on".* address=(\S+)')
_PROGRAMS = ("prometheus", "promtool")
#: Seconds that a check may take.
_TIMEOUT_S = 60


def need() -> str | None:
    """None when a server can be started here and rules can be checked, else why not."""
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    return f"{' and '.join(missing)} not installed (Debian: apt install prometheus)" if missing else None


def promtool(*arguments: Path | str, given: str = "") -> subprocess.CompletedProcess[str]:
    """What it thinks of that. `given` is its stdin."""
    command = ["promtool", *map(str, arguments)]
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=_TIMEOUT_S)


class Prometheus:
    """A server while this is entered, which scrapes these addresses every second, and knows these rules."""

    def __init__(self, directory: Path, targets: Sequence[str], rules: Sequence[Path]) -> None:
        self._directory = directory
        self._targets = targets
        self._rules = rules
        self._server: subprocess.Popen[bytes] | None = None
        self._url = ""

    def __enter__(self) -> Self:
        config = self._directory / "prometheus.yml"
        job = {"job_name": "cardinity", "static_configs": [{"targets": [*self._targets]}]}
        every = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
        # JSON is YAML.
        config.write_text(
            json.dumps({"global": every, "rule_files": [*map(str, self._rules)], "scrape_configs": [job]})
        )
        log = self._directory / "prometheus.log"
        with log.open("wb") as said:
            self._server = subprocess.Popen(
                (
                    *("prometheus", "--web.listen-address=127.0.0.1:0"),
                    *(f"--config.file={config}", f"--storage.tsdb.path={self._directory / 'data'}"),
                ),
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        address = eventually(lambda: _LISTENING.search(log.read_text()), "Prometheus listens")
        assert address is not None
        self._url = f"http://{address[1]}"
        eventually(self._ready, "Prometheus is ready")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.kill()
        self._server.wait()

    def ask(self, path: str, **parameters: str) -> Any:
        """The data of an answer of its API; a query that it refuses raises."""
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"{self._url}/api/v1/{path}?{query}", timeout=10) as answer:  # noqa: S310 - loopback
            return json.load(answer)["data"]

    def value(self, query: str) -> float | None:
        """The one number that the query comes to now; None when there is none."""
        found = self.ask("query", query=query)["result"]
        assert len(found) <= 1, found
        return float(found[0]["value"][1]) if found else None

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/-/ready", timeout=10):  # noqa: S310 - loopback
                return True
        except OSError:
            return False
