"""What the real rules make of recordings, by promtool: which alerts fire while the fault lasts, and which before it.

promtool only says whether what it found is what was expected. It is told to expect nothing, and its complaint tells.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests import prometheus
from tests.alerts.recording import Recording
from tests.alerts.stretching import AFTER_S, BEFORE_S, STEP_S, stretched
from tests.house.tree import ROOT, files
from tests.house.watching.alerts import RULES

#: Seconds between two looks of the rules; four times what it is in production, or these tests would take minutes.
EVALUATED_S: Final = 60
_GOT: Final = re.compile(r'\{alertname="(\w+)", fault="([\w-]+)", phase="(\w+)"\}')


@dataclass(frozen=True, slots=True)
class Fired:
    """Alerts that fired at any moment of the phase."""

    before: frozenset[str]
    during: frozenset[str]


def play(recordings: Iterable[Recording], directory: Path) -> Mapping[str, Fired]:
    """What fires in each, by its fault. The directory takes promtool's files."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    faults = []
    for recording in recordings:
        faults.append(recording.fault)
        file = directory / f"{recording.fault}.test.json"  # JSON is YAML
        file.write_text(json.dumps(_test(recording)))
        done = prometheus.promtool("test", "rules", file)
        assert done.returncode == 0 or "FAILED" in done.stdout + done.stderr, done.stdout + done.stderr
        for alert, fault, phase in _GOT.findall(done.stdout + done.stderr):
            found[fault, phase].add(alert)
    return {fault: Fired(frozenset(found[fault, "before"]), frozenset(found[fault, "during"])) for fault in faults}


def _test(recording: Recording) -> Mapping[str, Any]:
    phases = {"before": (BEFORE_S, BEFORE_S), "during": (BEFORE_S + AFTER_S - STEP_S, AFTER_S - 2 * STEP_S)}
    asked = [
        {"expr": _fired(recording.fault, phase, over_s), "eval_time": f"{at_s}s", "exp_samples": []}
        for phase, (at_s, over_s) in phases.items()
    ]
    return {
        "rule_files": [str(ROOT / path) for path in files() if path.endswith(RULES)],
        "evaluation_interval": f"{EVALUATED_S}s",
        "tests": [
            {
                "interval": f"{STEP_S}s",
                "input_series": [{"series": series, "values": values} for series, values in stretched(recording)],
                "promql_expr_test": asked,
            }
        ],
    }


def _fired(fault: str, phase: str, over_s: int) -> str:
    firing = f'group by (alertname) (max_over_time(ALERTS{{alertstate="firing"}}[{over_s}s]))'
    return f'label_replace(label_replace({firing}, "fault", "{fault}", "", ""), "phase", "{phase}", "", "")'
