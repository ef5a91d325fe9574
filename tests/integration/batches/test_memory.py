"""No command about a batch takes memory by the row."""

from __future__ import annotations

import pytest

from tests.integration.batches.desk import Desk

#: Rows of a small file, and of a large one.
FEW, MANY = 2_000, 20_000
#: Bytes that the large one may take more: 250 for each of its rows would not fit in.
GROWTH_MAX = 4_500_000


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_ten_times_the_rows_take_no_more_memory(desk: Desk) -> None:
    """Submit, report with the rows that failed, and cancel, each as a process of its own: peak against peak."""
    peaks = {rows: _peaks(desk, rows) for rows in (FEW, MANY)}
    growth = {command: peaks[MANY][command] - peak for command, peak in peaks[FEW].items()}
    assert {command: grown for command, grown in growth.items() if grown >= GROWTH_MAX} == {}


def _peaks(desk: Desk, rows: int) -> dict[str, int]:
    name = f"rows-{rows}"
    path = str(desk.file(rows, prefix=f"N{rows}"))
    commands = {
        "submit": ("submit", "--name", name, path),
        "cancel": ("cancel", name),
        "watch": ("watch", "--json", "--batch", name),
        "report": ("report", "--failed", f"{path}.again", "--suffix", "-r2", path),
    }
    peaks = {}
    for command, arguments in commands.items():
        ran = desk.run(*arguments)
        assert ran.code == 0, ran.out
        peaks[command] = ran.peak
    assert desk.counts(name) == {"cancelled": rows}
    return peaks
