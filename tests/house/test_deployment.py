"""The files of a deployment agree with the product: what they start, set, ask and wait for is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from producers.runtime.durability import check_durability
from producers.runtime.metrics_table import METRICS
from producers.runtime.settings import Settings
from producers.runtime.settings_kinds import Refused
from producers.runtime.settings_rules import STOP_MARGIN_S
from producers.runtime.settings_table import FILE_SUFFIX, settings_table
from tests.house.command_lines import unknown_words
from tests.house.deployment import COMPOSE, directives, manifests, pods, processes, services, units
from tests.house.documents import ACLS, access_rules
from tests.house.tree import ROOT, files, hold, text
from workers.cli.worker import GRACE_EXTRA_S

ROWS = {row.env: row for row in settings_table()}
SECRETS = {name for name, row in ROWS.items() if row.twin and row.private}
#: Where each command answers, by the defaults of its settings and options.
WORKER_PORT, HTTP_PORT = int(ROWS["METRICS_PORT"].default or 0), 8080
CONFIGURATIONS = ("deploy/redis/ledger.conf", "deploy/redis/queue.conf")
#: Kinds that Kubernetes itself does not know.
EXTENSIONS = {"ScaledObject"}


def lint(*command: str) -> None:
    """Fail with what the linter says; it comes with the development lock."""
    tool = Path(sys.executable).with_name(command[0])
    said = subprocess.run([tool, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


def test_every_command_exists() -> None:
    """With each of its options, whoever starts it."""
    hold(
        "A process that cannot be started is noticed when it is needed: mend the line, or the command.",
        (f"{each.where}: {each.command}: {word}" for each in processes() for word in unknown_words(each.command)),
    )


def test_every_name_is_a_setting() -> None:
    """And its value can be read as one; a path or a placeholder is checked where it is filled."""
    hold(
        "An unknown setting stops the boot: mend the name, or the table.",
        (
            f"{each.where}: {name}"
            for each in processes()
            for name, value in each.settings.items()
            if not _reads(name, value)
        ),
    )


def test_every_secret_comes_by_a_file() -> None:
    """None stands in a file of this tree or in the environment of a process."""
    hold(
        f"Whoever sees the environment sees the secret: name its file, in <setting>{FILE_SUFFIX}.",
        (f"{each.where}: {name}" for each in processes() for name in each.settings if name in SECRETS),
    )


def test_every_file_that_is_named_is_mounted() -> None:
    """What a setting names in the folder of secrets is among the secrets of that very service."""
    hold(
        "The process would not find it: add the secret to the service, or take the setting away.",
        (
            f"{each.where}: {name}={value}"
            for each in processes()
            for name, value in each.settings.items()
            if value.startswith(("/run/secrets/", "%d/")) and not value.startswith("/run/secrets/cardinity/")
            if value not in each.secrets
        ),
    )


def test_whoever_takes_orders_or_charges_has_time_to_stop() -> None:
    """Longer than a worker may finish what it has sent, and its supervisor waits for it."""
    settings = Settings.from_environ({"HOME": "/"})
    least_s = settings.shutdown_timeout_s + GRACE_EXTRA_S + STOP_MARGIN_S
    told = {each.where: each.stops_in_s for each in processes() if each.stops_in_s is not None}
    hold(
        f"Killed before {least_s:g} s, what was sent becomes unknown: wait longer.",
        (f"{where}: {stops_in_s:g} s" for where, stops_in_s in told.items() if stops_in_s < least_s),
    )
    assert [each.where for each in processes() if each.command == "cardinity worker" and each.where in told] == [
        f"{COMPOSE} worker",
        "deploy/kubernetes/worker.yaml cardinity-worker",
        "deploy/systemd/cardinity-worker.service",
    ]


def test_probes_ask_what_is_served() -> None:
    """Each of them a path of the process, on the port that it listens on."""
    of_http = set(re.findall(r'Route\("(/\w+)"', text("producers/http/health.py")))
    paths = of_http & set(re.findall(r'case "(/\w+)"', text("producers/runtime/exposition.py")))
    assert paths >= {"/livez", "/readyz"}
    hold(
        "A probe that asks for nothing ends a process that is well.",
        (
            f"{each.where}: {port}{path}"
            for each in processes()
            for port, path in each.asked
            if path not in paths or port != (HTTP_PORT if each.command.startswith("cardinity http") else WORKER_PORT)
        ),
    )
    assert sum(bool(each.asked) for each in processes()) == 4


def test_whoever_listens_for_others_is_told_so() -> None:
    """On all addresses of its container, and on the port that is published."""
    served = [each for each in processes() if each.command.startswith("cardinity http") and "--host" in each.command]
    assert [each.command for each in served] == [f"cardinity http --host 0.0.0.0 --port {HTTP_PORT}"] * 2
    assert {port for path, each in manifests() if each["kind"] == "Service" for port in _ports(each)} == {
        WORKER_PORT,
        HTTP_PORT,
    }
    assert f"EXPOSE {HTTP_PORT} {WORKER_PORT}\n" in text("deploy/Dockerfile")


@pytest.mark.parametrize("path", CONFIGURATIONS)
def test_redis_keeps_what_it_confirms(path: str) -> None:
    """By the check that a worker does when it boots."""
    assert check_durability({}, directives(path), replicas_required=0) == ()


@pytest.mark.parametrize("path", ACLS)
def test_the_users_of_redis_are_the_documented_ones(path: str) -> None:
    """`python -m tests.house.documents` writes them; `test_access.py` tries every one of them on a server."""
    assert text(path) == access_rules(path)


def test_nothing_may_do_more_than_it_needs() -> None:
    """No root, nothing to write on but its volumes, no rights of the kernel's."""
    for where, pod in pods():
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"], where
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, where
    for name, service in services().items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"] and not service["user"].startswith("0"), name
    for path, unit in units():
        assert unit["CapabilityBoundingSet"] == [""] and unit["ProtectSystem"] == ["strict"], path
        assert unit["KillMode"] == ["control-group"], path
    assert "\nUSER 10001:10001\n" in text("deploy/Dockerfile")


def test_what_a_worker_remembers_outlasts_it() -> None:
    """STATE_DIR is a volume that stays: it knows which ledger this is, and which requests may have left."""
    for _, each in manifests():
        if each["kind"] == "StatefulSet":
            assert [claim["metadata"]["name"] for claim in each["spec"]["volumeClaimTemplates"]] == ["state"]
    assert all("StateDirectory" in unit for _, unit in units())


def test_workers_are_scaled_by_numbers_that_exist() -> None:
    """By how many messages wait, and by how long the oldest has; never down to none."""
    (scaled,) = (each["spec"] for _, each in manifests() if each["kind"] == "ScaledObject")
    queries = [trigger["metadata"]["query"] for trigger in scaled["triggers"]]
    asked = [re.findall(r"cardinity_\w+", query) for query in queries]
    assert asked == [["cardinity_queue_depth"], ["cardinity_queue_age_seconds"]]
    assert {name for names in asked for name in names} <= {metric.name for metric in METRICS}
    assert scaled["minReplicaCount"] >= 1


def test_compose_is_sound() -> None:
    """By the schema of Compose."""
    lint("check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)


@pytest.mark.parametrize("path", [path for path in files() if path.startswith("deploy/kubernetes/")])
def test_manifests_are_sound(path: str) -> None:
    """By the schemas of Kubernetes, and no field that these do not know; kinds of others are read only."""
    if {each["kind"] for each in yaml.safe_load_all(text(path))} <= EXTENSIONS:
        return
    lint("kubernetes-validate", "--strict", "--quiet", path)


def test_the_dockerfile_is_sound() -> None:
    """By hadolint."""
    lint("hadolint", "deploy/Dockerfile")


def test_shell_is_sound() -> None:
    """By shellcheck: what CI runs is the only shell in the tree."""
    lint("shellcheck", ".ci/run")
    assert [path for path in files() if path.endswith(".sh")] == []


def _reads(name: str, value: str) -> bool:
    row = ROWS.get(name) or ROWS.get(name.removesuffix(FILE_SUFFIX))
    if row is None or (name not in ROWS and not row.twin):
        return False
    if name not in ROWS or row.private or not value or "$" in value:
        return True
    try:
        row.kind.read(value)
    except Refused:
        return value.startswith(("/run/secrets/", "%d/"))
    return True


def _ports(service: dict[str, dict[str, list[dict[str, int]]]]) -> list[int]:
    return [port["port"] for port in service["spec"]["ports"]]
