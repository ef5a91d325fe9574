"""What a dashboard is made of, and the JSON in which Grafana wants it.

A row is a question that a person asks, and its panels answer it from left to right.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, Literal

#: Columns of Grafana's grid, and the height of a row's panels in it.
COLUMNS, HEIGHT = 24, 8
#: Grafana's names of what is shown here. Money has none of its own: minor units differ between currencies.
Unit = Literal["short", "s", "percentunit", "ops", "bool_on_off"]

#: Whoever looks chooses one Prometheus, and one account or all.
_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_ACCOUNTS: Final = "label_values(cardinity_account_attempts_total, account)"
#: The model of Grafana 10; newer ones read it.
_SCHEMA: Final = 39


@dataclass(frozen=True, slots=True)
class Query:
    """An expression, and what its lines are called: `{{label}}` stands for the label's value."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True)
class Panel:
    """`red_from` is where it wakes somebody, or would; `now` shows the present number and not its course."""

    title: str
    unit: Unit
    queries: Sequence[Query]
    red_from: float | None = None
    now: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A question, and the panels that answer it."""

    question: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard. Its file and its address are called by `name`."""

    name: str
    title: str
    rows: Sequence[Row]

    @property
    def panels(self) -> Iterator[Panel]:
        return (panel for row in self.rows for panel in row.panels)


def rendered(board: Board) -> str:
    """The file to import."""
    return json.dumps(_dashboard(board), indent=1, ensure_ascii=False) + "\n"


def _dashboard(board: Board) -> dict[str, Any]:
    return {
        "uid": f"cardinity-{board.name}",
        "title": board.title,
        "tags": ["cardinity"],
        "schemaVersion": _SCHEMA,
        "editable": True,
        "graphTooltip": 1,  # one moment in all panels
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "links": [{"type": "dashboards", "tags": ["cardinity"], "title": "Cardinity", "keepTime": True}],
        "templating": {"list": [_source_variable(), _account_variable()]},
        "panels": [*_panels(board)],
    }


def _source_variable() -> dict[str, Any]:
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}


def _account_variable() -> dict[str, Any]:
    return {
        "name": "account",
        "label": "Account",
        "type": "query",
        "datasource": _SOURCE,
        "query": {"query": _ACCOUNTS, "refId": "account"},
        "refresh": 2,  # whenever the time is changed
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }


def _panels(board: Board) -> Iterator[dict[str, Any]]:
    ids, y = count(1), 0
    for row in board.rows:
        place = {"x": 0, "y": y, "w": COLUMNS, "h": 1}
        yield {
            "id": next(ids),
            "type": "row",
            "title": row.question,
            "collapsed": False,
            "gridPos": place,
            "panels": [],
        }
        width = COLUMNS // len(row.panels)
        for number, panel in enumerate(row.panels):
            place = {"x": number * width, "y": y + 1, "w": width, "h": HEIGHT}
            yield {"id": next(ids), "gridPos": place, **_panel(panel)}
        y += 1 + HEIGHT


def _panel(panel: Panel) -> dict[str, Any]:
    return {
        "type": "stat" if panel.now else "timeseries",
        "title": panel.title,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": _field(panel), "overrides": []},
        "options": _STAT if panel.now else _TIMESERIES,
        "targets": [
            {"refId": chr(ord("A") + n), "datasource": _SOURCE, "expr": query.expr, "legendFormat": query.legend}
            for n, query in enumerate(panel.queries)
        ],
    }


def _field(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.red_from is not None:
        steps.append({"color": "red", "value": panel.red_from})
    field: dict[str, Any] = {"unit": panel.unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}}
    if not panel.now:
        style = "off" if panel.red_from is None else "dashed"
        field["custom"] = {"fillOpacity": 10, "showPoints": "never", "thresholdsStyle": {"mode": style}}
    return field


_STAT: Final = {
    "colorMode": "background",
    "graphMode": "none",
    "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
}
_TIMESERIES: Final = {
    "legend": {"displayMode": "list", "placement": "bottom", "calcs": []},
    "tooltip": {"mode": "multi", "sort": "desc"},
}
