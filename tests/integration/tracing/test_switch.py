"""Who traces, and who does not; what `cardinity doctor` says of it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

import pytest

from producers.runtime.tracing.opening import async_ledger, sync_ledger, tracer_of
from tests.collector import Collector
from tests.stack import ROOT
from workers.cli.checkup import of_traces

#: Imports what processes are made of, as they are where nobody traces; then asks for traces. Where OpenTelemetry is
#: installed redis-py loads a part of it by itself, for numbers that nobody asks for.
IMPORTS = """
import sys
{hide}
from types import SimpleNamespace as Told
LOADED = {{"opentelemetry.exporter", "opentelemetry.sdk.trace", "google.protobuf", "requests"}}
import producers.enqueue, producers.http.app, workers.main, workers.cli.processes.console
import workers.events.webhooks.service
from producers.runtime.tracing.opening import tracer_of
def asked(exporter):
    told = Told(otel_traces_exporter=exporter, otel_sdk_disabled="false", otel_bsp_max_queue_size=2048)
    return tracer_of(told, "cardinity-worker", "e")
assert asked("none") is None
assert not LOADED & sys.modules.keys(), LOADED & sys.modules.keys()
{then}
"""
HIDE = "sys.modules['opentelemetry'] = None"
THEN = 'assert asked("otlp") is None'


@dataclass(frozen=True)
class Told:
    """The settings of tracing."""

    otel_traces_exporter: str = "otlp"
    otel_sdk_disabled: str = "false"
    otel_bsp_max_queue_size: int = 2048


def test_who_does_not_trace_loads_nothing_and_wraps_nothing() -> None:
    """Processes are made of what they were; ledgers are not listened to."""
    _python(IMPORTS.format(hide="", then=""))
    assert type(async_ledger(None, None, "e", replicas=0, replicas_wait_ms=0)).__name__ == "AsyncLedger"  # type: ignore[arg-type]
    assert type(sync_ledger(None, None, "e", replicas=0, replicas_wait_ms=0)).__name__ == "SyncLedger"  # type: ignore[arg-type]


def test_without_the_extra_nothing_is_missing() -> None:
    """Asked for traces, a process says that it cannot, and works."""
    assert "extra_missing" in _python(IMPORTS.format(hide=HIDE, then=THEN))


@pytest.mark.parametrize(
    "told",
    [Told("none"), Told("console"), Told(otel_sdk_disabled="TRUE")],
    ids=["none", "another-exporter", "disabled"],
)
def test_traces_are_asked_for(told: Told) -> None:
    """By OTEL_TRACES_EXPORTER alone, and OTEL_SDK_DISABLED takes it back."""
    assert tracer_of(told, "cardinity-worker", "e") is None


def test_contradicting_variables_stop_nothing(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that is larger than all that may wait: nobody traces, and the process goes on."""
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512")
    assert tracer_of(Told(otel_bsp_max_queue_size=4), "cardinity-worker", "e") is None


def test_the_doctor_asks_the_collector(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who does not trace hears nothing; a collector takes spans, or does not."""
    assert list(of_traces(Told("none"))) == []
    assert [finding.verdict for finding in of_traces(Told())] == ["ok"]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    assert [finding.verdict for finding in of_traces(Told())] == ["unreachable"]


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr
