"""What watches a deployment finds what is there: Grafana its Prometheus and its dashboards, KEDA our metrics."""

from __future__ import annotations

from typing import Any

import yaml

from deploy.grafana.boards import BOARDS
from tests.house.deployment.files import COMPOSE, manifests, services
from tests.house.tree import files, hold, text
from tests.house.watching.panels import FOLDER
from tests.house.watching.promql import wrong

PROVISIONING = "deploy/grafana/provisioning"
#: The least that KEDA's own description of a ScaledObject asks for, and what we give beyond it.
TRIGGER = {"type", "name", "metricType", "metadata"}
PROMETHEUS = {"serverAddress", "query", "threshold", "ignoreNullValues"}


def mounted(service: str) -> dict[str, str]:
    """Folders of the tree that a service of Compose sees: where, and which."""
    volumes = [str(volume).removesuffix(":ro") for volume in services()[service]["volumes"]]
    ours = (volume.partition(":/") for volume in volumes if volume.startswith("./"))
    return {f"/{target}": f"deploy/{source.removeprefix('./')}" for source, _, target in ours}


def test_grafana_finds_its_prometheus() -> None:
    """The one of Compose, by the port that it listens on there, and as the one that dashboards begin with."""
    (source,) = yaml.safe_load(text(f"{PROVISIONING}/datasources/prometheus.yaml"))["datasources"]
    assert (source["type"], source["isDefault"]) == ("prometheus", True)
    (published,) = services()["prometheus"]["ports"]
    assert source["url"] == f"http://prometheus:{published.rpartition(':')[2]}"
    assert {*services()["grafana"]["networks"]} & {*services()["prometheus"]["networks"]}
    interval = yaml.safe_load(yaml.safe_load(text(COMPOSE))["configs"]["prometheus"]["content"])["global"]
    assert source["jsonData"]["timeInterval"] == interval["scrape_interval"]


def test_grafana_finds_every_dashboard() -> None:
    """Its folder of dashboards is the tree's, with every one of the table and with none twice."""
    (provider,) = yaml.safe_load(text(f"{PROVISIONING}/dashboards/cardinity.yaml"))["providers"]
    seen = mounted("grafana")
    assert seen == {"/etc/grafana/provisioning": PROVISIONING, provider["options"]["path"]: FOLDER.rstrip("/")}
    found = [path for path in files() if path.startswith(FOLDER) and path.endswith(".json")]
    assert sorted(found) == sorted(f"{FOLDER}{board.name}.json" for board in BOARDS)


def test_prometheus_finds_every_rule() -> None:
    """The folder that it is given is the one with the rules, where its configuration looks for them."""
    config = yaml.safe_load(yaml.safe_load(text(COMPOSE))["configs"]["prometheus"]["content"])
    ((target, source),) = mounted("prometheus").items()
    assert target == "/etc/prometheus/rules" and config["rule_files"] == ["rules/*.rules.yml"]
    assert any(path.startswith(f"{source}/") and path.endswith(".rules.yml") for path in files())
    names = {service: {*services()[service]["networks"]} for service in ("worker", "http", "console", "prometheus")}
    (job,) = config["scrape_configs"]
    asked = [target.partition(":")[0] for each in job["static_configs"] for target in each["targets"]]
    assert [name for name in asked if not names[name] & names["prometheus"]] == []


def test_workers_are_scaled_by_numbers_that_exist() -> None:
    """By how many messages wait, and by how long the oldest has: names, labels and their values are the table's."""
    triggers = scaled()["triggers"]
    assert [trigger["name"] for trigger in triggers] == ["depth", "oldest-age"]
    queries = [trigger["metadata"]["query"] for trigger in triggers]
    assert ["cardinity_queue_depth" in queries[0], "cardinity_queue_age_seconds" in queries[1]] == [True, True]
    hold("KEDA would see nothing, and scale by nothing.", (found for query in queries for found in wrong(query, {})))


def test_workers_are_scaled_as_keda_wants_it() -> None:
    """Held once against the schema of KEDA 2.20, of which this is what we use; never to none, never blindly."""
    spec, sets = scaled(), {each["metadata"]["name"]: each for _, each in manifests() if each["kind"] == "StatefulSet"}
    workers = sets["cardinity-worker"]
    target = spec["scaleTargetRef"]
    assert target == {name: workers[name] for name in ("apiVersion", "kind")} | {"name": workers["metadata"]["name"]}
    # Or the two would scale against each other at every `kubectl apply`.
    assert "replicas" not in workers["spec"]
    assert 1 <= spec["minReplicaCount"] < spec["maxReplicaCount"]
    for trigger in spec["triggers"]:
        assert {*trigger} == TRIGGER and {*trigger["metadata"]} == PROMETHEUS
        assert trigger["metricType"] in ("AverageValue", "Value")
        # All of them are texts to KEDA, and a number that is no text is refused.
        assert all(isinstance(value, str) for value in trigger["metadata"].values())
        assert float(trigger["metadata"]["threshold"]) > 0
        assert trigger["metadata"]["ignoreNullValues"] == "false"


def scaled() -> dict[str, Any]:
    """How KEDA is asked to scale."""
    (spec,) = (each["spec"] for _, each in manifests() if each["kind"] == "ScaledObject")
    found: dict[str, Any] = spec
    return found
