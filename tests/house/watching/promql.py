"""What an expression of PromQL asks for: metrics, and labels with the values they are held against.

No parser, promtool is that; but promtool does not know which of our metrics there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from producers.runtime.metrics_table import ACCOUNTS, CURRENCIES, METRICS, VERSION, Row
from producers.runtime.metrics_table import row as row_of

#: What prometheus_client adds to the name of a histogram.
SUFFIXES = ("_bucket", "_sum", "_count")
#: Labels of every series: where it was scraped; and of a histogram's buckets.
OF_SCRAPES, OF_BUCKETS = frozenset({"instance", "job"}), frozenset({"le"})
#: Label values that are known only to a deployment.
_OPEN = (ACCOUNTS, CURRENCIES, VERSION)
_SELECTOR = re.compile(r"\b((?:[a-z]+:)?cardinity_[a-z_]+(?::[a-z0-9]+)?)\b(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
_GROUPED = re.compile(r"\b(?:by|on|ignoring|without|group_left|group_right)\s*\(([^)]*)\)")
_KNOWN: Mapping[str, Row] = {row.name: row for row in METRICS}


@dataclass(frozen=True, slots=True)
class Selector:
    """One metric as an expression asks for it: label, operator and value of each matcher."""

    name: str
    matchers: tuple[tuple[str, str, str], ...]


def selectors(expr: str) -> Iterator[Selector]:
    """Every metric of ours in the expression, recorded ones too."""
    for name, inside in _SELECTOR.findall(expr):
        yield Selector(name, tuple(_MATCHER.findall(inside)))


def grouped(expr: str) -> frozenset[str]:
    """Labels that the expression groups or joins by."""
    return frozenset(label.strip() for labels in _GROUPED.findall(expr) for label in labels.split(",") if label.strip())


def metric(name: str) -> Row | None:
    """The row of the table, by its name or that of a series of a histogram."""
    if name in _KNOWN:
        return _KNOWN[name]
    for suffix in SUFFIXES:
        base = _KNOWN.get(name.removesuffix(suffix))
        if base and name.endswith(suffix) and base.kind == "histogram":
            return row_of(base.name)
    return None


def wrong(expr: str, recorded: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """What the expression asks for and will never get. `recorded` names the results of rules, and their labels."""
    there: set[str] = set()
    for asked in selectors(expr):
        if asked.name in recorded:
            there |= recorded[asked.name]
            continue
        row = metric(asked.name)
        if row is None:
            yield f"there is no {asked.name}"
            continue
        there |= {*row.label_names, *OF_SCRAPES, *(OF_BUCKETS if row.kind == "histogram" else ())}
        yield from _wrong_matchers(asked, row)
    yield from (f"nothing here has a label {label}" for label in sorted(grouped(expr) - there))


def _wrong_matchers(asked: Selector, row: Row) -> Iterator[str]:
    listed = dict(row.labels)
    for label, operator, value in asked.matchers:
        if label in OF_SCRAPES | OF_BUCKETS or value.startswith("$"):
            continue
        if label not in listed:
            yield f"{asked.name} has no label {label}"
        elif listed[label] not in _OPEN:
            values = value.split("|") if operator in ("=~", "!~") else [value]
            yield from (f"{asked.name}: {label} is never {each}" for each in values if each not in listed[label])
