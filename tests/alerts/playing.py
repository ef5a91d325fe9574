"""What the real rules make of recordings, by promtool: which alerts fire while the fault lasts, and which before it.

promtool only says whether what it found is what was expected. It is told to expect nothing, and its complaint tells.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests import prometheus
from tests.alerts.recording import Recording
from tests.alerts.stretching import AFTER_S, BEFORE_S, STEP_S, stretched
from tests.house.tree import ROOT, files
from tests.house.watching.alerts import RULES

#: Seconds between two looks of the rules; seven times what it is in production, or these tests would take minutes. No
#: rule looks back for less. And no multiple of the seconds that `stretching` repeats: with 120 each look was at the
#: same moment of them, and saw an age at its highest that is low in between.
EVALUATED_S: Final = 105
_GOT: Final = re.compile(r'\{alertname="(\w+)", fault="([\w-]+)", phase="(\w+)"\}')


@dataclass(frozen=True, slots=True)
class Fired:
    """Alerts that fired at any moment of the phase."""

    before: frozenset[str]
    during: frozenset[str]


def play(recordings: Iterable[Recording], directory: Path) -> Mapping[str, Fired]:
    """What fires in each, by its fault. One promtool plays them all, for it takes a while to begin. The directory takes
    its file.
    """
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    played = list(recordings)
    file = directory / "recorded.test.json"  # JSON is YAML
    file.write_text(json.dumps(_cases(played)))
    done = prometheus.promtool("test", "rules", file)
    said = done.stdout + done.stderr
    assert done.returncode == 0 or "FAILED" in said, said
    for alert, fault, phase in _GOT.findall(said):
        found[fault, phase].add(alert)
    return {
        each.fault: Fired(frozenset(found[each.fault, "before"]), frozenset(found[each.fault, "during"]))
        for each in played
    }


def _cases(recordings: Sequence[Recording]) -> Mapping[str, Any]:
    return {
        "rule_files": [str(ROOT / path) for path in files() if path.endswith(RULES)],
        "evaluation_interval": f"{EVALUATED_S}s",
        "tests": [_case(recording) for recording in recordings],
    }


def _case(recording: Recording) -> Mapping[str, Any]:
    phases = {"before": (BEFORE_S, BEFORE_S), "during": (BEFORE_S + AFTER_S - STEP_S, AFTER_S - 2 * STEP_S)}
    return {
        "interval": f"{STEP_S}s",
        "input_series": [{"series": series, "values": values} for series, values in stretched(recording)],
        "promql_expr_test": [
            {"expr": _fired(recording.fault, phase, over_s), "eval_time": f"{at_s}s", "exp_samples": []}
            for phase, (at_s, over_s) in phases.items()
        ],
    }


def _fired(fault: str, phase: str, over_s: int) -> str:
    firing = f'group by (alertname) (max_over_time(ALERTS{{alertstate="firing"}}[{over_s}s]))'
    return f'label_replace(label_replace({firing}, "fault", "{fault}", "", ""), "phase", "{phase}", "", "")'
