"""The table of metrics keeps Prometheus' conventions."""

import re

import pytest

from producers.runtime.metrics_table import METRICS, Row


@pytest.mark.parametrize("row", METRICS, ids=lambda row: row.name)
def test_a_name_says_what_is_counted(row: Row) -> None:
    """Counters end in _total, histograms in their base unit, and all begin with our name."""
    assert re.fullmatch(r"cardinity(_[a-z]+)+", row.name)
    assert row.name.endswith("_total") == (row.kind == "counter")
    assert row.name.endswith("_seconds") or row.kind != "histogram"
    assert row.help.endswith(".") or row.name == "cardinity_build_info"


def test_names_are_said_once() -> None:
    """No metric has two rows."""
    assert len({row.name for row in METRICS}) == len(METRICS)


def test_labels_are_closed_and_few() -> None:
    """Every label lists its values, and no metric has more than some hundred series per account and currency."""
    assert [row.name for row in METRICS for _, values in row.labels if not values] == []
    assert max(len(row.combinations({})) for row in METRICS) <= 120


def test_limited_combinations_use_listed_values() -> None:
    """A row that limits its combinations names only values that its labels list."""
    for row in METRICS:
        for values in row.only or ():
            assert all(value in listed for value, (_, listed) in zip(values, row.labels, strict=True)), row.name
