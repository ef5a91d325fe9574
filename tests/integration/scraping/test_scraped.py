"""A real Prometheus scrapes a real system: every number arrives, and its own linter has nothing to say."""

from __future__ import annotations

import json
import os
import signal
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from cardinity_client.sandbox.settings import TEST_CONSUMER_KEY, TEST_CONSUMER_SECRET
from producers.runtime.metrics_table import METRICS
from tests import prometheus
from tests.archives import upgraded
from tests.eventually import awaited, eventually
from tests.house.tree import ROOT, files
from tests.house.watching.alerts import RULES, alerts, recorded
from tests.house.watching.panels import asked, queries
from tests.http_process import http_process
from tests.prometheus import Prometheus
from tests.stack import CARD, Stack
from workers.events.archive.service import pinned_ledger
from workers.events.webhooks.numbers import Numbers
from workers.events.webhooks.service import deliveries_of

pytestmark = [pytest.mark.slow, pytest.mark.needs(tool=prometheus.need)]
PROCESSES = 2
#: A file of shared numbers that no scrape survives.
LEFT = "counter_1.db"
ORDERS = 5


@dataclass(frozen=True, slots=True)
class Host:
    """Where `cardinity worker` and `cardinity http` of one system serve their numbers, and who scrapes both."""

    stack: Stack
    pages: tuple[str, ...]
    watching: Prometheus
    numbers: Path


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A system in which some orders are charged, and nothing is wrong."""
    directory = tmp_path_factory.mktemp("scraping")
    watching = directory / "prometheus"
    watching.mkdir()
    rules = [ROOT / path for path in files() if path.endswith(RULES)]
    numbers = directory / "numbers"
    numbers.mkdir()
    (numbers / LEFT).write_bytes(b"of a run before this one")
    settings = {"METRICS_PORT": "0", "PROMETHEUS_MULTIPROC_DIR": str(numbers)}
    with Stack(directory / "system", settings=settings) as stack:
        command = ("workers.cli", "worker", "--json", "--processes", str(PROCESSES))
        stack.start("sh", "-c", 'exec "$0" -m "$@" >worker.json', sys.executable, *command)
        workers = _url(stack.directory / "worker.json")
        with http_process(stack) as http:
            pages = (workers, http.url)
            with Prometheus(watching, [url.removeprefix("http://") for url in pages], rules) as server:
                _charge(stack)
                _tell_of_webhooks(stack)
                yield Host(stack, pages, server, numbers)


def test_both_targets_are_up(host: Host) -> None:
    """One port serves all processes of a worker host; the HTTP application has its own."""
    eventually(lambda: host.watching.value('sum(up{job="cardinity"})') == 2, "both targets are scraped")


def test_what_all_processes_counted_is_one_number(host: Host) -> None:
    """The orders that either process charged arrive added up, and the ledger's own numbers with them."""
    approved = 'sum(cardinity_attempts_total{outcome="approved"})'
    eventually(lambda: host.watching.value(approved) == ORDERS, "the charges are counted")
    eventually(lambda: host.watching.value('cardinity_orders{state="approved"}') == ORDERS, "the ledger is read")
    breakers = 'max(cardinity_breaker_state{account="default", state="closed"})'
    eventually(lambda: host.watching.value(breakers) == PROCESSES, "the processes' gauges are added up")
    eventually(lambda: host.watching.value("sum(cardinity_ledger_problem)") == 0, "the ledger's server is asked")


def test_what_an_earlier_run_left_is_gone(host: Host) -> None:
    """The directory of shared numbers is emptied before the first process counts."""
    assert not (host.numbers / LEFT).exists()


def test_a_killed_process_leaves_its_counts_and_is_replaced(host: Host) -> None:
    """What it had charged stays counted, its gauges are dropped, and its successor's take their place."""
    approved = 'sum(cardinity_attempts_total{outcome="approved"})'
    eventually(lambda: host.watching.value(approved) == ORDERS, "the charges are counted")
    eventually(lambda: len(_counting(host)) == PROCESSES, "both processes count")
    killed = min(_counting(host))
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: killed not in _counting(host), "its gauges are dropped")
    eventually(lambda: len(_counting(host)) == PROCESSES, "another counts in its place")
    breakers = 'max(cardinity_breaker_state{account="default", state="closed"})'
    eventually(lambda: host.watching.value(breakers) == PROCESSES, "the gauges are those of the living")
    eventually(lambda: host.watching.value(approved) == ORDERS, "the counts of the killed are in the sum")


def test_every_metric_of_the_table_arrives(host: Host) -> None:
    """Nothing is in the table that nobody serves, and nothing of ours is served that is not in it."""
    expected = {row.name + ("_count" if row.kind == "histogram" else "") for row in METRICS}
    ends = ("_bucket", "_sum")

    def names() -> set[str]:
        found = host.watching.ask("label/__name__/values")
        return {name for name in found if name.startswith("cardinity_") and not name.endswith(ends)}

    eventually(lambda: names() >= expected, "every metric has been scraped")
    assert names() == expected


def test_no_alert_fires_where_all_is_well(host: Host) -> None:
    """The rules are loaded, each is evaluated without error, and none fires."""
    eventually(lambda: all(rule["health"] == "ok" for rule in _rules(host)), "every rule was evaluated")
    assert {rule["name"] for rule in _rules(host)} == {alert.name for alert in alerts()}
    assert [rule["name"] for rule in _rules(host) if rule["state"] == "firing"] == []


def test_every_panel_shows_something(host: Host) -> None:
    """What the dashboards ask has an answer, zeros included; rules that record a whole hour have none yet."""
    asking = [(place, asked(query)) for place, query in queries() if not any(name in query.expr for name in recorded())]
    silent = {place for place, _ in asking}

    def all_answer() -> bool:
        silent.difference_update([place for place, expr in asking if host.watching.ask("query", query=expr)["result"]])
        return not silent

    awaited(all_answer, within_s=60)
    assert silent == set()


def test_promtool_finds_nothing_to_mend(host: Host) -> None:
    """`promtool check metrics` is silent about what workers and HTTP application serve."""
    for url in host.pages:
        with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:  # noqa: S310 - loopback
            page = answer.read().decode()
        done = prometheus.promtool("check", "metrics", given=page)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_ledger_that_could_forget_reaches_its_alert(host: Host) -> None:
    """A setting that somebody changed on the running server is on its way to whoever is woken, until it is mended."""
    with redis.Redis.from_url(host.stack.valkey.url(1), protocol=2) as server:
        server.config_set("appendfsync", "everysec")
        eventually(lambda: "CardinityLedgerNotDurable" in _woken(host), "the alert waits for its time")
        server.config_set("appendfsync", "always")
    eventually(lambda: "CardinityLedgerNotDurable" not in _woken(host), "all is well")


def test_a_refused_key_reaches_its_alert(host: Host) -> None:
    """So is a secret that the gateway takes no more, also where nothing is charged that it could refuse."""
    secret = f"{TEST_CONSUMER_SECRET}-of-tomorrow"
    host.stack.admin("credentials", {"consumer_key": TEST_CONSUMER_KEY, "consumer_secret": secret})
    eventually(lambda: "CardinityKeyRefused" in _woken(host), "the alert waits for its time")


def test_a_ledger_that_is_gone_reaches_its_alert(host: Host) -> None:
    """FLUSHALL is told at once, with the right name. Nothing is left to test after it."""
    with redis.Redis.from_url(host.stack.valkey.url(1), protocol=2) as server:
        server.flushall()
    eventually(lambda: "CardinityLedgerLockdown" in _woken(host), "the alert fires")


def _woken(host: Host) -> set[str]:
    """Alerts that fire, or will if it lasts."""
    return {rule["name"] for rule in _rules(host) if rule["state"] in ("pending", "firing")}


def _counting(host: Host) -> set[int]:
    """The processes that have gauges."""
    return {int(path.stem.rpartition("_")[2]) for path in host.numbers.glob("gauge_livesum_*.db")}


def _rules(host: Host) -> list[dict[str, str]]:
    groups = host.watching.ask("rules", type="alert")["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _charge(stack: Stack) -> None:
    with stack.enqueuer() as enqueuer:
        for number in range(ORDERS):
            enqueuer.charge(order_id=f"ORD-{number}", amount="10.00", currency="EUR", country="LT", **CARD)
        for number in range(ORDERS):
            assert enqueuer.wait(f"ORD-{number}", timeout_s=30).state == "approved"


def _tell_of_webhooks(stack: Stack) -> None:
    """What their process leaves of an endpoint of which all is well."""
    settings = stack.settings()
    with upgraded(settings) as archive, pinned_ledger(settings) as ledger:
        Numbers(ledger, deliveries_of(settings, ledger, archive), ("shop",)).tell({("shop", True): 1})


def _url(told: Path) -> str:
    lines = eventually(lambda: told.exists() and told.read_text().splitlines(), "the metrics are served")
    url: str = json.loads((lines or [""])[0])["url"]
    return url
