"""How commands end when the world does not play along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from producers.runtime.embedded import EmbeddedValkey
from tests.e2e.conftest import System
from tests.house.tree import ROOT
from workers.cli.demo.rows import lines


def test_a_reader_that_leaves_ends_the_command_quietly(system: System, tmp_path: Path) -> None:
    """`cardinity batch report … | head -1` prints no complaint."""
    path = tmp_path / "long.csv"
    path.write_text("".join(lines(3000)), "utf-8")
    command = [sys.executable, "-m", "workers.cli", "batch", "report", str(path)]
    with subprocess.Popen(
        command, cwd=ROOT, env=system.stage.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout and running.stderr
        assert running.stdout.readline().startswith("row,order_id,state")
        running.stdout.close()
        assert (running.wait(), running.stderr.read()) == (141, "")


def test_workers_refuse_a_ledger_that_forgets(system: System, tmp_path: Path) -> None:
    """`cardinity worker` does not start its processes over and over: it ends with 78 and says why."""
    with EmbeddedValkey(tmp_path / "volatile", appendfsync="everysec") as volatile:
        env = {"REDIS_LEDGER_URL": volatile.url(1), "STATE_DIR": str(tmp_path / "state")}
        ran = system.run("worker", "--json", env=env)
    assert ran.code == 78
    assert "appendfsync is everysec" in ran.err
    assert ran.records[-1]["error"] == "worker_refused"


def test_explain_says_that_a_ledger_has_forgotten(system: System, tmp_path: Path) -> None:
    """On an empty server in place of the remembered one no order is called unknown."""
    with EmbeddedValkey(tmp_path / "flushed") as flushed:
        ran = system.run("explain", "--json", "CLI-7", env={"REDIS_LEDGER_URL": flushed.url(1)})
    assert (ran.code, [record["error"] for record in ran.records]) == (78, ["ledger_lockdown"])


def test_a_metrics_port_that_is_taken_is_named(system: System) -> None:
    """Two hosts' worth of workers on one port is told before any of them starts."""
    port = system.stage.metrics_url.rpartition(":")[2].partition("/")[0]
    ran = system.run("worker", "--json", env={"METRICS_PORT": port})
    assert (ran.code, ran.records[-1]["error"]) == (69, "metrics_bind")
    assert port in ran.err


def test_a_redis_that_is_down_is_told_with_the_way_out(system: System) -> None:
    """Commands that need Redis exit 69 and name the setting and the command that looks closer."""
    ran = system.run("status", env={"REDIS_LEDGER_URL": "redis://127.0.0.1:9/1"})
    assert (ran.code, ran.out) == (69, "")
    assert "REDIS_LEDGER_URL" in ran.err
    assert "Traceback" not in ran.err
