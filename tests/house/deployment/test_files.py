"""The files of a deployment agree with the product: what they start, set, ask and wait for is there."""

from __future__ import annotations

import re

import pytest

from producers.runtime.durability import check_durability
from producers.runtime.settings import Settings
from producers.runtime.settings_kinds import Refused
from producers.runtime.settings_rules import STOP_MARGIN_S
from producers.runtime.settings_table import FILE_SUFFIX, settings_table
from tests.house.command_lines import unknown_words
from tests.house.deployment.files import COMPOSE, directives, manifests, pods, processes, services, units
from tests.house.documents import ACLS, access_rules
from tests.house.tree import hold, text
from workers.cli.processes.worker import GRACE_EXTRA_S
from workers.cli.shell.exit_codes import ExitCode

ROWS = {row.env: row for row in settings_table()}
SECRETS = {name for name, row in ROWS.items() if row.twin and row.private}
#: Where each process answers, by the defaults of its settings and options.
PORTS = {"worker": int(ROWS["METRICS_PORT"].default or 0), "http": 8080, "console": 8088}
CONFIGURATIONS = ("deploy/redis/ledger.conf", "deploy/redis/queue.conf")


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
            if not each.is_given(value)
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
    served = {
        "worker": set(re.findall(r'case "(/\w+)"', text("producers/runtime/exposition.py"))),
        "http": set(re.findall(r'Route\("(/\w+)"', text("producers/http/health.py"))),
        "console": set(re.findall(r'"(/\w+)"', text("workers/console/guard.py"))),
    }
    hold(
        "A probe that asks for nothing ends a process that is well.",
        (
            f"{each.where}: {port}{path}"
            for each in processes()
            for port, path in each.asked
            if path not in served[each.verb] or port != PORTS[each.verb]
        ),
    )
    listening = [each for each in processes() if each.verb in PORTS and each.where.startswith((COMPOSE, "deploy/k"))]
    # The worker of Compose is asked as its image says.
    assert [each.where for each in listening if not each.asked] == [f"{COMPOSE} worker"]


def test_whoever_listens_for_others_is_told_so() -> None:
    """On all addresses of its container, and on the port that is published."""
    told = [each.command for each in processes() if "--host" in each.command]
    expected = [f"cardinity {verb} --host 0.0.0.0 --port {PORTS[verb]}" for verb in ("http", "console")]
    assert sorted(told) == sorted(2 * expected)
    published = {port for _, each in manifests() if each["kind"] == "Service" for port in _ports(each)}
    assert published == {*PORTS.values()}
    assert f"EXPOSE {PORTS['http']} {PORTS['console']} {PORTS['worker']}\n" in text("deploy/Dockerfile")


def test_only_this_host_reaches_what_compose_publishes() -> None:
    """TLS is the business of a proxy in front."""
    published = [port for service in services().values() for port in service.get("ports", ())]
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("path", CONFIGURATIONS)
def test_redis_keeps_what_it_confirms(path: str) -> None:
    """By the check that a worker does when it boots."""
    assert check_durability({}, directives(path), replicas_required=0) == ()


@pytest.mark.parametrize("path", ACLS)
def test_the_users_of_redis_are_the_documented_ones(path: str) -> None:
    """`python -m tests.house.documents` writes them; `access/test_orders.py` tries every one of them on a server."""
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
        # Who was asked to stop has not failed.
        assert unit["SuccessExitStatus"] == [str(int(ExitCode.TERMINATED))], path
    assert "\nUSER 10001:10001\n" in text("deploy/Dockerfile")


def test_what_a_worker_remembers_outlasts_it() -> None:
    """STATE_DIR is a volume that stays: it knows which ledger this is, and which requests may have left."""
    for _, each in manifests():
        if each["kind"] == "StatefulSet":
            assert [claim["metadata"]["name"] for claim in each["spec"]["volumeClaimTemplates"]] == ["state"]
    assert all("StateDirectory" in unit for _, unit in units())


def test_every_process_is_in_every_place() -> None:
    """What one file starts, the others start too, each with its own user of Redis."""
    long = {"worker", "http", "renew", "archive", "webhooks", "console"}
    for place in (COMPOSE, "deploy/kubernetes/", "deploy/systemd/"):
        started = [each for each in processes() if each.where.startswith(place)]
        assert {each.verb for each in started} >= long, place
        for each in started:
            if each.verb in long and each.command != "cardinity archive upgrade":
                user = {"renew": "scheduler"}.get(each.verb, each.verb)
                urls = [each.settings[f"REDIS_{name}_URL_FILE"].rpartition("/")[2] for name in ("QUEUE", "LEDGER")]
                assert urls == [f"queue.{user}.url", f"ledger.{user}.url"], each.where
    assert {each.verb for each in processes() if each.where.startswith("Procfile")} >= long - {"worker"}


def test_a_cluster_lets_each_do_its_work_and_no_more() -> None:
    """Every workload has a policy for its network, and bounded memory; of several a node that is emptied takes one."""
    kept = {each["metadata"]["name"] for _, each in manifests() if each["kind"] == "NetworkPolicy"}
    disrupted = {each["metadata"]["name"] for _, each in manifests() if each["kind"] == "PodDisruptionBudget"}
    for where, pod in pods():
        name = where.partition(" ")[2]
        assert name in kept, where
        (container,) = pod["containers"]
        assert container["resources"]["limits"]["memory"] == container["resources"]["requests"]["memory"], where
    several = {
        each["metadata"]["name"]
        for _, each in manifests()
        if each["kind"] == "StatefulSet" and each["spec"].get("replicas", 2) > 1
    }
    assert several == disrupted


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
