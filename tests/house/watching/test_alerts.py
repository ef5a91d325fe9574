"""Every alert can fire, is shown to fire and to keep still, and says what to do."""

import re
from collections import defaultdict

import pytest
import yaml

from producers.runtime.metrics_table import METRICS
from tests import prometheus
from tests.alerts.beyond import EVERY
from tests.house.documents import fenced, spans
from tests.house.tree import ROOT, files, hold, product, text
from tests.house.watching.alarming import BY_NO_FAULT, RAISED
from tests.house.watching.alerts import (
    ALERTMANAGER,
    FOLDER,
    RULES,
    SEVERITIES,
    TESTS,
    alerts,
    cases,
    inhibitions,
    recorded,
    recording,
)
from tests.house.watching.promql import selectors, wrong

RUNBOOKS = "deploy/runbooks/"
#: A command of openssl's, and no word of ours.
OPENSSLS = "s_client"
#: What a runbook says, in this order.
PARTS = ["For customers", "First", "Then", "Over when"]
needs_prometheus = pytest.mark.needs(tool=prometheus.need)


def test_every_alert_asks_for_what_there_is() -> None:
    """Metrics, labels and their values are those of the table, or of a rule that records."""
    asking = [*((alert.file, alert.expr) for alert in alerts()), *recording()]
    hold(
        "It would never fire. The table is `producers/runtime/metrics_table.py`.",
        (f"{path}: {found}" for path, expr in asking for found in wrong(expr, recorded())),
    )


def test_every_number_that_is_an_alarm_has_an_alert() -> None:
    """What the table of metrics calls an alarm wakes somebody."""
    asked = {asked.name for alert in alerts() for asked in selectors(alert.expr)}
    hold(f"Add a rule to {FOLDER}.", (row.name for row in METRICS if "larm" in row.help and row.name not in asked))


def test_every_alert_is_shown_to_fire_and_to_keep_still() -> None:
    """In the tests beside the rules each one fires at one moment, and does not at another."""
    shown: dict[str, set[bool]] = defaultdict(set)
    for name, fires in cases():
        shown[name].add(fires)
    hold(
        f"Add both to a {TESTS} in {FOLDER}.",
        (alert.name for alert in alerts() if shown[alert.name] != {True, False}),
    )


def test_an_alert_has_one_name_and_wakes_somebody() -> None:
    """Names are said once; each pages or makes a ticket, and tells what is the matter in a sentence."""
    assert len({alert.name for alert in alerts()}) == len(alerts())
    assert {alert.severity for alert in alerts()} == SEVERITIES
    assert [alert.name for alert in alerts() if not re.fullmatch(r"Cardinity[A-Za-z]+", alert.name)] == []
    assert [alert.name for alert in alerts() if not alert.told.endswith(".")] == []


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    """Each alert names the runbook that names it."""
    named = {path: _heading(path) for path in files() if path.startswith(RUNBOOKS)}
    told = {(alert.runbook, alert.name) for alert in alerts()}
    assert {(path, name) for path, names in named.items() for name in names} == told


@pytest.mark.parametrize("path", sorted(path for path in files() if path.startswith(RUNBOOKS)))
def test_a_runbook_is_told_in_four_parts(path: str) -> None:
    """It says what customers notice, one command to begin with, what to do about what one sees, and when it is over."""
    book = text(path)
    assert re.findall(r"^\*\*([A-Z][a-z ]+?)\.?\*\*", book, re.MULTILINE) == PARTS
    first, then = (part for part in re.split(r"^\*\*(?:First|Then)\.\*\*", book, flags=re.MULTILINE)[1:])
    assert re.match(r"\n\n```sh\ncardinity .*\n```\n", first)
    assert "| you see | do |" in then
    assert len(re.findall(r"^\|", then, re.MULTILINE)) >= 5


def test_every_code_and_event_that_a_runbook_names_is_in_the_code() -> None:
    """Whoever searches a log or a story for it finds it; what a code ends with may be the gateway's status."""
    written = "\n".join(text(path) for path in product())
    hold(
        "Nothing says that. Mend the runbook.",
        (
            f"{path}: {word}"
            for path in files()
            if path.startswith(RUNBOOKS)
            for words in [*(code for _, code in spans(path)), *fenced(path, "")]
            for word in re.findall(r"(?<![\w./-])[a-z]+(?:_[a-z]+)+(?![\w/.-])", re.sub(r"_\d+\b", "", words))
            if word != OPENSSLS and not word.startswith("cardinity_") and not re.search(rf"\b{word}\b", written)
        ),
    )


def test_every_number_that_a_runbook_reads_can_be_read() -> None:
    """The labels of its metrics and their values are those of the table."""
    hold(
        "It would never be there.",
        (
            f"{path}:{line}: {found}"
            for path in files()
            if path.startswith(RUNBOOKS)
            for line, code in spans(path)
            if code.startswith("cardinity_")
            for found in wrong(code, recorded())
        ),
    )


def test_every_fault_raises_an_alert_or_need_not() -> None:
    """Of each fault somebody has thought what it raises if it lasts, or why it may not page anybody."""
    hold(
        "Add it to `tests/house/watching/alarming.py`.",
        (fault for fault in EVERY if not any(row.fits(fault) for row in RAISED)),
    )
    first = {next(row.faults for row in RAISED if row.fits(fault)) for fault in EVERY}
    assert [row.faults for row in RAISED if row.faults not in first] == []
    assert [row.faults for row in RAISED if bool(row.alerts) == bool(row.why)] == []
    pages = {alert.name for alert in alerts() if alert.severity == "page"}
    assert [row.faults for row in RAISED if row.why and pages & {*row.beside}] == []


def test_every_alert_is_raised_by_a_fault_or_says_why_not() -> None:
    """No alert is named that there is not, and of each one it is known what would raise it."""
    raised = {name for row in RAISED for name in row.alerts}
    assert not raised & BY_NO_FAULT.keys()
    assert raised | BY_NO_FAULT.keys() == {alert.name for alert in alerts()}


def test_the_jobs_that_rules_name_are_those_that_are_scraped() -> None:
    """Rules ask whether targets of ours are up; the configuration beside them names them so."""
    found = [names for alert in alerts() for names in re.findall(r'job=~?"([\w|-]+)"', alert.expr)]
    jobs = {job for names in found for job in names.split("|")}
    assert jobs == set(re.findall(r"job_name: ([\w-]+)", text(f"{FOLDER}prometheus.yml")))


def test_what_is_kept_still_is_no_question_of_money() -> None:
    """Alertmanager keeps still alerts that there are, by pages, and none about money; labels that must be equal are
    those by which both are told apart.
    """
    known = {alert.name: alert for alert in alerts()}
    for rule in inhibitions():
        assert rule.by | rule.kept_still <= known.keys()
        assert not rule.by & rule.kept_still
        assert {known[name].severity for name in rule.by} == {"page"}
        assert {name for name in rule.kept_still if known[name].file == f"{FOLDER}money.rules.yml"} == set()
        for name in rule.by | rule.kept_still:
            assert all(re.search(rf"by \({label}\)", known[name].expr) for label in rule.equal), name


def test_every_severity_has_a_receiver() -> None:
    """A page wakes somebody by another way than a ticket."""
    told = yaml.safe_load(text(ALERTMANAGER))
    (pages,) = told["route"]["routes"]
    assert pages["matchers"] == ['severity="page"']
    assert {pages["receiver"], told["route"]["receiver"]} == {receiver["name"] for receiver in told["receivers"]}
    assert pages["receiver"] != told["route"]["receiver"]


@needs_prometheus
def test_promtool_has_the_rules_pass() -> None:
    """Prometheus would take the rules, and the configuration beside them."""
    for done in (
        prometheus.promtool("check", "rules", *(ROOT / path for path in files() if path.endswith(RULES))),
        prometheus.promtool("check", "config", ROOT / FOLDER / "prometheus.yml"),
    ):
        assert done.returncode == 0, done.stdout + done.stderr


@needs_prometheus
@pytest.mark.parametrize("path", sorted(path for path in files() if path.endswith(TESTS)))
def test_promtool_plays_what_alerts_are_shown_to_do(path: str) -> None:
    """Each case of the file comes out as it says."""
    done = prometheus.promtool("test", "rules", ROOT / path)
    assert done.returncode == 0, done.stdout + done.stderr


def _heading(path: str) -> list[str]:
    """The alerts that a runbook is for: the line below its title."""
    return re.findall(r"`(Cardinity[A-Za-z]+)`", text(path).splitlines()[2])
