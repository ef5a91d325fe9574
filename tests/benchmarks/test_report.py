"""What is made of the figures: medians, tables, the chart, the parts of the document."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.benchmarks import chart, document, tables
from tests.benchmarks.contenders import BY_NAME, CONTENDERS, Contender
from tests.benchmarks.counting import Commands
from tests.benchmarks.results import Machine, Session
from tests.benchmarks.run import Figures
from tests.benchmarks.targets import targets


def test_cpu_is_told_as_at_the_sessions_median_speed() -> None:
    """A run whose calibration loop took twice the median took half of what was counted; its rate stays."""
    session = _session(_run(loop_us=5), _run(loop_us=5), _run(loop_us=10, worker_us=800))
    (middle,) = session.medians()
    assert (middle.worker_us, middle.per_s) == (400, 3_000)


def test_a_session_survives_its_file(tmp_path: Path) -> None:
    """What is read is what was kept."""
    session = _session(_run(), _run("taskiq", per_s=800))
    session.save(tmp_path / "session.json")
    assert Session.load(tmp_path / "session.json") == session


def test_one_wrong_order_in_any_round_is_told() -> None:
    """Wrong orders are summed over rounds, not averaged away."""
    session = _session(_run(), _run(wrong=1), _run())
    assert session.medians()[0].wrong == 1
    assert "1 orders not charged exactly once" in tables.machine_line(session)


def test_a_target_that_is_missed_says_no() -> None:
    """Ours is held against the best queue-based peer of the session, never against one without a queue."""
    session = _session(_run(per_s=2_999), _run("taskiq", per_s=700, worker_us=1_000), _run("gather", per_s=9_000))
    told = targets(session)
    assert "| at 300 ms: payments/s >= 3,000 | 2,999 | **no** |" in told
    assert "| 4.3 times taskiq | yes |" in told
    assert "| 0.40 of taskiq | **no** |" in told


def test_the_chart_is_a_picture_with_a_dot_for_each_median() -> None:
    """It is well-formed, and shows every contender at every latency once per panel."""
    session = _session(*(_run(name, latency_ms=latency_ms) for name in BY_NAME for latency_ms in (50, 300)))
    picture = ElementTree.fromstring(chart.svg(session))  # noqa: S314 - our own
    dots = [dot for dot in picture.iter("{http://www.w3.org/2000/svg}circle") if len(dot)]
    assert len(dots) == 2 * 2 * len(CONTENDERS)


def test_every_part_of_the_document_is_made_by_a_command() -> None:
    """The marks in the page are exactly those that the comparison and the further commands fill."""
    marks = [name for _, name, *_ in document.MARKED.findall(document.DOCUMENT.read_text("utf-8"))]
    assert sorted(marks) == sorted([*document.compared(_session(_run())), *document.PARTS])


@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda contender: contender.name)
def test_a_slow_contender_gets_fewer_payments(contender: Contender) -> None:
    """Nobody gets more than is wanted, nor more at a longer latency."""
    given = [contender.payments(latency_ms, 20_000) for latency_ms in (0, 50, 300, 1500)]
    assert given == sorted(given, reverse=True)
    assert given[0] <= 20_000


def _session(*runs: Figures) -> Session:
    machine = Machine("a processor", 2, "Linux 6", "3.11", "Valkey 9")
    return Session(machine, 1, list(runs), {"ours": Commands(7.0, 40.0)})


def _run(contender: str = "ours", **figures: float) -> Figures:
    plain = {
        "latency_ms": 300.0, "payments": 20_000, "wrong": 0, "per_s": 3_000.0, "worker_us": 400.0, "redis_us": 100.0,
        "gateway_us": 20.0, "producer_us": 120.0, "commands": 47.0, "reads": 0.3, "in_flight": 1_024, "idle_mb": 120.0,
        "kb_per_in_flight": 18.0, "loop_us": 5.0, "seconds": 20.0,
    }  # fmt: skip
    return Figures(contender=contender, **(plain | figures))  # type: ignore[arg-type]
