"""One endpoint serves the numbers of all processes of a host."""

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from producers.errors import ProducerError
from producers.runtime.exposition import (
    REQUESTS_MAX,
    MetricsServer,
    registry_of,
    serve_metrics,
)
from producers.runtime.shared_numbers import SharedNumbers
from tests.eventually import eventually

ROOT = Path(__file__).resolve().parents[3]
#: A process that counts, says so, and waits until its input ends.
COUNTING = """
import sys
from producers.runtime.metrics import Metrics
metrics = Metrics(accounts=("default",), version="1", shared=True)
metrics.accepts.inc(by=int(sys.argv[1]))
metrics.in_flight.set(int(sys.argv[1]))
print("counted", flush=True)
sys.stdin.read()
"""
#: Every module of ours that can be imported without running anything.
IMPORT_ALL = """
import importlib, pkgutil, sys
for name in ("cardinity_client", "producers", "workers"):
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
print("prometheus_client" in sys.modules)
"""

Start = Callable[[int], subprocess.Popen[str]]


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    """The directory in which processes share their numbers."""
    SharedNumbers(tmp_path / "numbers").empty()
    return tmp_path / "numbers"


@pytest.fixture
def start(numbers: Path) -> Iterator[Start]:
    """Starts a process that has counted when this returns; all have ended after the test."""
    children: list[subprocess.Popen[str]] = []

    def start_one(accepts: int) -> subprocess.Popen[str]:
        child = python(COUNTING, str(accepts), PROMETHEUS_MULTIPROC_DIR=str(numbers))
        children.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == "counted\n"
        return child

    yield start_one
    for child in children:
        child.kill()
        child.communicate()


def python(code: str, *arguments: str, **environ: str) -> subprocess.Popen[str]:
    """A Python process running this code."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def get(server: MetricsServer, path: str) -> tuple[int, str]:
    """Status and text of a GET."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def scraped(server: MetricsServer) -> dict[str, float]:
    """The samples without labels."""
    status, text = get(server, "/metrics")
    assert status == 200
    families = text_string_to_metric_families(text)
    return {sample.name: sample.value for family in families for sample in family.samples if not sample.labels}


def test_numbers_of_all_processes_are_added_up(numbers: Path, start: Start) -> None:
    """Counters and gauges of two processes are one number each, zeros included."""
    start(3)
    start(4)
    with serve_metrics("127.0.0.1", 0, registry_of(SharedNumbers(numbers))) as server:
        told = scraped(server)
    assert (told["cardinity_accepts_total"], told["cardinity_in_flight"]) == (7, 7)
    assert told["cardinity_duplicate_charges_total"] == 0


def test_a_killed_process_leaves_its_counts_and_not_its_gauges(numbers: Path, start: Start) -> None:
    """What it counted has happened; what it held it holds no more."""
    start(3)
    killed = start(4)
    killed.kill()
    killed.wait()
    with serve_metrics("127.0.0.1", 0, registry_of(SharedNumbers(numbers))) as server:
        told = scraped(server)
    assert (told["cardinity_accepts_total"], told["cardinity_in_flight"]) == (7, 3)


def test_the_buried_leave_one_file_with_all_that_they_counted(numbers: Path, start: Start) -> None:
    """Whoever ends is buried: its gauges are dropped, its counts are added to those that ended before."""
    shared = SharedNumbers(numbers)
    start(5)
    for accepts in (3, 4):
        child = start(accepts)
        child.kill()
        child.wait()
        shared.bury(child.pid)
        assert [file for file in numbers.glob("*.db") if file.stem.endswith(f"_{child.pid}")] == []
    with serve_metrics("127.0.0.1", 0, registry_of(shared)) as server:
        told = scraped(server)
    assert (told["cardinity_accepts_total"], told["cardinity_in_flight"]) == (12, 5)
    assert {file.stem for file in numbers.glob("*_ended.db")} == {"counter_ended", "histogram_ended"}


def test_a_file_that_a_disk_cut_short_is_buried_with_its_process(numbers: Path, start: Start) -> None:
    """Nobody can tell what was counted there, and no scrape would survive it; the other file is read."""
    child = start(4)
    child.kill()
    child.wait()
    damaged = numbers / f"histogram_{child.pid}.db"
    damaged.write_bytes(damaged.read_bytes()[:4096])
    shared = SharedNumbers(numbers)
    shared.bury(child.pid)
    with serve_metrics("127.0.0.1", 0, registry_of(shared)) as server:
        assert scraped(server)["cardinity_accepts_total"] == 4


def test_a_start_begins_at_zero(numbers: Path, start: Start) -> None:
    """What an earlier run left in the directory is not counted on."""
    start(3).kill()
    SharedNumbers(numbers).empty()
    start(1)
    with serve_metrics("127.0.0.1", 0, registry_of(SharedNumbers(numbers))) as server:
        assert scraped(server)["cardinity_accepts_total"] == 1


def test_a_file_cut_short_by_a_kill_fails_no_scrape(numbers: Path, start: Start) -> None:
    """A process that died as it made its file leaves it empty."""
    start(3)
    (numbers / "counter_99999999.db").touch()
    with serve_metrics("127.0.0.1", 0, registry_of(SharedNumbers(numbers))) as server:
        assert scraped(server)["cardinity_accepts_total"] == 3


def test_the_directory_is_decided_before_the_library_is_imported() -> None:
    """Importing all of our modules does not import prometheus_client."""
    child = python(IMPORT_ALL)
    assert child.communicate()[0] == "False\n"


def test_livez_and_readyz_tell_apart_alive_and_ready() -> None:
    """Alive is who answers; ready is who has nothing in the way, and it says what."""
    obstacles: list[str] = ["ledger_lockdown: another ledger"]
    with serve_metrics("127.0.0.1", 0, CollectorRegistry(), obstacles=lambda: obstacles) as server:
        assert get(server, "/livez") == (200, "alive\n")
        assert get(server, "/readyz") == (503, "ledger_lockdown: another ledger\n")
        obstacles.clear()
        assert get(server, "/readyz?verbose") == (200, "ready\n")
        assert get(server, "/")[0] == 404


def test_a_collector_that_fails_is_an_answer_and_no_end() -> None:
    """A scrape that cannot be answered says so; the next request is served."""

    class Broken:
        def describe(self) -> list[object]:
            return []

        def collect(self) -> Iterator[object]:
            raise RuntimeError("no")

    registry = CollectorRegistry()
    registry.register(Broken())  # type: ignore[arg-type]  # stands for a bug
    with serve_metrics("127.0.0.1", 0, registry) as server:
        assert get(server, "/metrics")[0] == 500
        assert get(server, "/livez")[0] == 200


def test_an_address_that_is_taken_is_said() -> None:
    """A second server on the same port is refused with both halves of the address."""
    with serve_metrics("127.0.0.1", 0, CollectorRegistry()) as server:
        with pytest.raises(ProducerError, match=f"127.0.0.1:{server.port}") as caught:
            serve_metrics("127.0.0.1", server.port, CollectorRegistry())
        assert caught.value.code == "metrics_bind"


def test_clients_that_say_nothing_do_not_pile_up() -> None:
    """At most so many are listened to; once they leave, others are served again."""
    with serve_metrics("127.0.0.1", 0, CollectorRegistry()) as server:
        silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(REQUESTS_MAX + 1)]
        turned_away = silent.pop()
        turned_away.settimeout(10)
        assert turned_away.recv(1) == b""
        for client in (*silent, turned_away):
            client.close()
        eventually(lambda: _served(server), "places to be free again")


def _served(server: MetricsServer) -> bool:
    try:
        return get(server, "/livez")[0] == 200
    except OSError:
        return False
