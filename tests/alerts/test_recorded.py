"""What the real rules make of real numbers: of recordings that were made of a system in trouble.

Made anew by `python -m tests.alerts --record --faults NAME`, after a rule, a metric or the table was changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests import prometheus
from tests.alerts.beyond import EVERY
from tests.alerts.covered import RECORDED, row_of
from tests.alerts.playing import play
from tests.alerts.recording import read
from tests.house.tree import hold
from tests.house.watching.alarming import TICKETS
from tests.house.watching.alerts import alerts, heard

PAGES = frozenset(a.name for a in alerts() if a.severity == "page" and not a.file.endswith("money.rules.yml"))
#: Recordings that one promtool plays: it then begins a dozen times for all of them.
PLAYED_AT_ONCE = 12
BATCHES = [RECORDED[first : first + PLAYED_AT_ONCE] for first in range(0, len(RECORDED), PLAYED_AT_ONCE)]


@pytest.mark.needs(tool=prometheus.need)
@pytest.mark.parametrize("paths", BATCHES, ids=lambda paths: f"from-{paths[0].stem}")
def test_a_fault_that_lasts_wakes_who_must_be_woken(paths: Sequence[Path], tmp_path: Path) -> None:
    """The alerts of its row fire, no other does that is not named there, and before it nothing fires. Where its row
    names none, nobody is paged at all. Of one trouble one page is heard, and those about money besides.
    """
    wrong = []
    for fault, fired in play(map(read, paths), tmp_path).items():
        row = row_of(fault)
        wrong += [f"{fault}: {alert} fires before it" for alert in sorted(fired.before)]
        wrong += [f"{fault}: {alert} does not fire" for alert in sorted({*row.alerts} - fired.during)]
        others = fired.during - {*row.alerts, *row.beside, *(TICKETS if row.alerts else ())}
        wrong += [f"{fault}: {alert} fires, and its row does not name it" for alert in sorted(others)]
        woken = sorted(heard(fired.during) & PAGES)
        wrong += [f"{fault}: {' and '.join(woken)} page, and one would do"] if len(woken) > 1 else []
    hold("Record it anew, or put right the rule, or `tests/house/watching/alarming.py`.", wrong)


def test_what_is_recorded_is_a_fault_that_there_is() -> None:
    """By its name."""
    assert [path.stem for path in RECORDED if path.stem not in EVERY] == []
