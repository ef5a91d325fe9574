"""The alert rules as they stand in `deploy/prometheus`, and what their tests say of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from tests.house.tree import files, text

FOLDER = "deploy/prometheus/"
RULES, TESTS = ".rules.yml", ".test.yml"
ALERTMANAGER = f"{FOLDER}alertmanager.yml"
SEVERITIES = frozenset({"page", "ticket"})


@dataclass(frozen=True, slots=True)
class Alert:
    """One rule that wakes somebody. `told` is its summary, `runbook` a path from the root."""

    name: str
    file: str
    expr: str
    severity: str
    told: str
    runbook: str


@cache
def alerts() -> tuple[Alert, ...]:
    """All of them, those that page first."""
    found = [
        Alert(
            name=rule["alert"],
            file=path,
            expr=rule["expr"],
            severity=rule["labels"]["severity"],
            told=rule["annotations"]["summary"],
            runbook=rule["annotations"]["runbook"],
        )
        for path, rule in _rules()
        if "alert" in rule
    ]
    return tuple(sorted(found, key=lambda alert: alert.severity != "page"))


@cache
def recorded() -> Mapping[str, frozenset[str]]:
    """Names that rules record, and the labels of what they record: Prometheus has them stand before the colon."""
    return {name: frozenset({name.partition(":")[0]}) for _, rule in _rules() if (name := rule.get("record"))}


def recording() -> Iterator[tuple[str, str]]:
    """What is recorded: file and expression."""
    return ((path, rule["expr"]) for path, rule in _rules() if "record" in rule)


def cases() -> Iterator[tuple[str, bool]]:
    """Each alert that a test asks for, and whether it is to fire there."""
    for path in _named(TESTS):
        for played in yaml.safe_load(text(path))["tests"]:
            for case in played["alert_rule_test"]:
                yield case["alertname"], bool(case["exp_alerts"])


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While one of `by` fires, nobody hears of `kept_still`; where both have the labels `equal`, of the same ones."""

    by: frozenset[str]
    kept_still: frozenset[str]
    equal: frozenset[str]


@cache
def inhibitions() -> tuple[Inhibition, ...]:
    """What Alertmanager is told to keep still."""
    rules = yaml.safe_load(text(ALERTMANAGER))["inhibit_rules"]
    return tuple(
        Inhibition(_meant(rule["source_matchers"]), _meant(rule["target_matchers"]), frozenset(rule.get("equal", ())))
        for rule in rules
    )


def heard(fired: frozenset[str]) -> frozenset[str]:
    """Those of the alerts that fire together of which anybody hears, all of one account."""
    return fired - {name for rule in inhibitions() if fired & rule.by for name in rule.kept_still}


def _meant(matchers: list[str]) -> frozenset[str]:
    """The alerts that are named."""
    (found,) = (re.fullmatch(r'alertname=~?"([\w|]+)"', matcher) for matcher in matchers)
    assert found, f"tests read no other matcher: {matchers}"
    return frozenset(found[1].split("|"))


def _rules() -> Iterator[tuple[str, Any]]:
    for path in _named(RULES):
        for group in yaml.safe_load(text(path))["groups"]:
            yield from ((path, rule) for rule in group["rules"])


def _named(ending: str) -> Iterator[str]:
    return (path for path in files() if path.startswith(FOLDER) and path.endswith(ending))
