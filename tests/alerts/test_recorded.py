"""What the real rules make of real numbers: of every class of faults a recording that was made of a system in trouble.

Made anew by `python -m tests.alerts --record --faults NAME`, after a rule, a metric or the table was changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import prometheus
from tests.alerts.playing import play
from tests.alerts.recording import FOLDER, read
from tests.campaign.catalogue.table import BY_NAME, CATALOGUE
from tests.campaign.fault import Fault
from tests.house.tree import hold
from tests.house.watching.alarming import RAISED, Raised
from tests.house.watching.alerts import alerts

PAGES = frozenset(alert.name for alert in alerts() if alert.severity == "page")
RECORDED = sorted(FOLDER.glob("*.json"))
#: Faults that cannot be recorded, and why.
UNSEEN = {"clock-worker-.*": "under libfaketime the launcher's own server does not answer; its workers alone do"}


def test_of_every_class_of_faults_there_is_a_recording() -> None:
    """At least one fault of each row of the table was made to last, and what its system said is here."""
    classes = Counter(_row(path.stem).faults for path in RECORDED)
    hold(
        "Record one of them: `python -m tests.alerts --record --faults NAME`.",
        (row.faults for row in RAISED if not classes[row.faults] and row.faults not in UNSEEN and _can_be_made(row)),
    )
    assert [path.stem for path in RECORDED if path.stem not in BY_NAME] == []


@pytest.mark.needs(tool=prometheus.need)
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_fault_that_lasts_wakes_who_must_be_woken(path: Path, tmp_path: Path) -> None:
    """The alerts of its row fire, nobody is paged by another that is not named there, and before it nothing fires."""
    row, fired = _row(path.stem), play([read(path)], tmp_path)[path.stem]
    assert fired.before == frozenset()
    assert sorted({*row.alerts} - fired.during) == []
    assert sorted((fired.during & PAGES) - {*row.alerts, *row.beside}) == []


def _row(fault: str) -> Raised:
    return next(row for row in RAISED if row.fits(fault))


def _can_be_made(row: Raised) -> bool:
    return any(fault.need() is None for fault in _faults(row))


def _faults(row: Raised) -> Iterator[Fault]:
    return (fault for fault in CATALOGUE if _row(fault.name) is row)
