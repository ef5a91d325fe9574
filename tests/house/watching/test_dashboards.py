"""Every panel asks for what there is, says what it shows, and is the table's own."""

import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from deploy.grafana.boards import BOARDS
from deploy.grafana.shape import COLUMNS, rendered
from tests import prometheus
from tests.house.tree import files, hold, text
from tests.house.watching.alerts import alerts, recorded
from tests.house.watching.panels import FOLDER, asked, in_legend, kept, queries
from tests.house.watching.promql import metric, selectors, wrong


def test_every_dashboard_is_the_tables_own() -> None:
    """The files are those of the table, as it renders them."""
    hold(
        "Dashboards are made from `deploy/grafana/boards.py`: `python -m tests.house.documents` writes them.",
        (board.name for board in BOARDS if text(f"{FOLDER}{board.name}.json") != rendered(board)),
    )
    found = {path for path in files() if path.startswith(FOLDER) and path.endswith(".json")}
    assert found == {f"{FOLDER}{board.name}.json" for board in BOARDS}


def test_every_panel_asks_for_what_there_is() -> None:
    """Metrics, labels and their values are those of the table, or of a rule that records."""
    hold(
        "It would stay empty. The table is `producers/runtime/metrics_table.py`.",
        (f"{place}: {found}" for place, query in queries() for found in wrong(query.expr, recorded())),
    )


def test_every_legend_names_labels_that_its_lines_have() -> None:
    """`{{label}}` is one that the expression keeps; lines that differ by a label are told apart by it."""
    hold(
        "The legend would be empty, or the same for several lines.",
        (f"{place}: {query.legend}" for place, query in queries() if in_legend(query) != kept(query)),
    )


def test_every_row_is_a_question_with_an_answer() -> None:
    """A row asks, and has as many panels as fit beside each other; no title is twice on a board."""
    rows = [row for board in BOARDS for row in board.rows]
    assert [row.question for row in rows if not row.question.endswith("?")] == []
    assert [row.question for row in rows if COLUMNS % len(row.panels)] == []
    for board in BOARDS:
        titles = [panel.title for panel in board.panels]
        assert len(set(titles)) == len(titles)


def test_accounts_can_be_chosen_wherever_they_are_told_apart() -> None:
    """Whatever has an account is shown for those that were chosen."""
    hold(
        'Add account=~"$account".',
        (
            f"{place}: {selector.name}"
            for place, query in queries()
            for selector in selectors(query.expr)
            if _has_accounts(selector.name) and ("account", "=~", "$account") not in selector.matchers
        ),
    )


def test_a_panel_turns_red_where_an_alert_begins() -> None:
    """The mark of a panel is the number that a rule holds the same metric against."""
    hold(
        "Rule and panel disagree, or nobody is woken for what is shown in red.",
        (
            f"{board.name}: {panel.title}: {panel.red_from:g}"
            for board in BOARDS
            for panel in board.panels
            if panel.red_from is not None
            and not any(panel.red_from in _marks(s.name) for query in panel.queries for s in selectors(query.expr))
        ),
    )


def test_no_two_panels_lie_over_each_other() -> None:
    """Every id is there once, and so is every place of the grid."""
    for board in BOARDS:
        panels = json.loads(rendered(board))["panels"]
        places = [place for panel in panels for place in _covered(panel["gridPos"])]
        assert len({panel["id"] for panel in panels}) == len(panels)
        assert len(set(places)) == len(places)
        assert max(x for x, _ in places) < COLUMNS


@pytest.mark.needs(tool=prometheus.need)
def test_prometheus_reads_every_expression(tmp_path: Path) -> None:
    """Each is PromQL once Grafana has put in its variables."""
    rules = [{"record": f"panel:asked:n{n}", "expr": asked(query)} for n, (_, query) in enumerate(queries())]
    file = tmp_path / "panels.yml"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    done = prometheus.promtool("check", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr


def _has_accounts(name: str) -> bool:
    row = metric(name)
    return "account" in (recorded()[name] if row is None else row.label_names)


def _marks(name: str) -> set[float]:
    """The numbers that alerts hold it against; above nothing is 1, for what is counted."""
    asking = (alert.expr for alert in alerts() if name in {asked.name for asked in selectors(alert.expr)})
    found = {float(number) for expr in asking for number in re.findall(r"(?<![\w{])(\d+)(?= <|$|\s)", expr)}
    return found | {1.0} if 0.0 in found else found


def _covered(place: dict[str, int]) -> Iterator[tuple[int, int]]:
    return product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"]))
