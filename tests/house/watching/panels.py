"""What the panels of the dashboards ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deploy.grafana.boards import BOARDS
from deploy.grafana.shape import Query
from tests.house.watching.alerts import recorded
from tests.house.watching.promql import grouped, selectors

FOLDER = "deploy/grafana/"
#: What Grafana would put in for all accounts, and for a few hours.
_CHOSEN = {"$account": ".*", "$__rate_interval": "1m", "$__range": "6h"}


def queries() -> Iterator[tuple[str, Query]]:
    """Each with the place where it stands."""
    for board in BOARDS:
        for panel in board.panels:
            yield from ((f"{board.name}: {panel.title}", query) for query in panel.queries)


def asked(query: Query) -> str:
    """The expression as Prometheus gets it."""
    expr = query.expr
    for variable, value in _CHOSEN.items():
        expr = expr.replace(variable, value)
    return expr


def kept(query: Query) -> frozenset[str]:
    """The labels by which its lines differ: what it groups by, or what a rule has recorded."""
    told = [recorded()[asked.name] for asked in selectors(query.expr) if asked.name in recorded()]
    return (grouped(query.expr) or frozenset().union(*told)) - {"le"}


def in_legend(query: Query) -> frozenset[str]:
    """The labels that the legend names."""
    return frozenset(re.findall(r"\{\{(\w+)\}\}", query.legend))
