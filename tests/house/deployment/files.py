"""Reads the files of a deployment: what each process is started with, in which environment, and how it is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.house.tree import files, text

COMPOSE = "deploy/compose.yaml"
#: Words in front of a command that `every.py` repeats.
REPEATED = ["/opt/cardinity/bin/python", "/opt/cardinity/deploy/every.py"]


@dataclass(frozen=True, slots=True)
class Process:
    """One process of ours as a file starts it: its environment, how long it may take to stop where the file says, the
    ports and paths that probes ask, and the files of secrets that it is given, with folders of them.
    """

    where: str
    command: str
    settings: Mapping[str, str]
    stops_in_s: float | None = None
    asked: tuple[tuple[int, str], ...] = ()
    secrets: frozenset[str] = frozenset()

    def is_given(self, path: str) -> bool:
        """Whether that file of a secret is there for this process."""
        return path in self.secrets or f"{path.rpartition('/')[0]}/" in self.secrets

    @property
    def verb(self) -> str:
        """`worker`, `http`: which process of ours it is."""
        return self.command.split(" ")[1]


def directives(path: str) -> dict[str, str]:
    """The directives of a configuration file of Redis."""
    lines = (line.strip() for line in text(path).splitlines())
    return dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))


def processes() -> list[Process]:
    """All of them, wherever they are started."""
    return [*_of_compose(), *_of_kubernetes(), *_of_systemd(), *_of_procfile(), *_of_the_image()]


def manifests() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object for Kubernetes, with its file."""
    for path in files():
        if path.startswith("deploy/kubernetes/"):
            yield from ((path, each) for each in yaml.safe_load_all(text(path)))


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    """What a pod of each workload is, and its name."""
    for path, each in manifests():
        spec = each.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if template:
            yield f"{path} {each['metadata']['name']}", template["spec"]


def services() -> dict[str, dict[str, Any]]:
    """Those of Compose, whatever they run."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(text(COMPOSE))["services"]
    return found


def units() -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Every unit of systemd that starts something: its directives, each with all of its values."""
    for path in files():
        if path.startswith("deploy/systemd/") and path.endswith(".service"):
            found: dict[str, list[str]] = {}
            for name, value in re.findall(r"^(\w+)=(.*)$", text(path), re.MULTILINE):
                found.setdefault(name, []).append(value)
            yield path, found


def seconds(given: str) -> float:
    """`70s` as a number."""
    return float(given.removesuffix("s"))


def _of_compose() -> Iterator[Process]:
    for name, service in services().items():
        if not service["image"].startswith("cardinity-batch:"):
            continue
        front = service.get("entrypoint", ["cardinity"])
        words = [*(front[3:] if front[:2] == REPEATED else front), *service["command"]]
        probe = service.get("healthcheck", {}).get("test", ())
        yield Process(
            f"{COMPOSE} {name}",
            " ".join(words),
            service.get("environment", {}),
            seconds(service["stop_grace_period"]) if "stop_grace_period" in service else None,
            tuple(_asked(word) for word in probe if word.startswith("http://")),
            frozenset(f"/run/secrets/{secret}" for secret in service.get("secrets", ())) | _folders(service),
        )


def _folders(service: Mapping[str, Any]) -> frozenset[str]:
    """The folders of secrets that a service of Compose mounts."""
    targets = (str(volume).rpartition(":/")[2].removesuffix(":ro") for volume in service.get("volumes", ()))
    return frozenset(f"/{target}/" for target in targets if target.startswith("run/secrets/"))


def _of_kubernetes() -> Iterator[Process]:
    shared = next(each["data"] for _, each in manifests() if each["kind"] == "ConfigMap")
    for where, pod in pods():
        (container,) = pod["containers"]
        ports = {port["name"]: port["containerPort"] for port in container.get("ports", ())}
        probes = [container[name]["httpGet"] for name in container if name.endswith("Probe")]
        own = {each["name"]: each.get("value", "") for each in container["env"]}
        yield Process(
            where,
            " ".join(["cardinity", *container["args"]]),
            {**shared, **own},
            pod.get("terminationGracePeriodSeconds"),
            tuple((ports[probe["port"]], probe["path"]) for probe in probes),
        )


def _of_systemd() -> Iterator[Process]:
    for path, unit in units():
        given = dict(pair.split("=", 1) for line in unit["Environment"] for pair in line.split(" "))
        (command,) = unit["ExecStart"]
        loaded = frozenset(f"%d/{each.split(':')[0]}" for each in unit["LoadCredential"])
        yield Process(
            path, command.removeprefix("/opt/cardinity-batch/bin/"), given, float(unit["TimeoutStopSec"][0]), (), loaded
        )


def _of_procfile() -> Iterator[Process]:
    for line in text("Procfile").splitlines():
        if line and not line.startswith("#"):
            name, _, command = line.partition(": ")
            command = re.sub(r"^python deploy/every\.py \d+ ", "", command)
            yield Process(f"Procfile {name}", re.sub(r"\$\{\w+:-(\d+)\}", r"\1", command), {})


def _of_the_image() -> Iterator[Process]:
    (words,) = re.findall(r'^CMD \["(\w+)"\]$', text("deploy/Dockerfile"), re.MULTILINE)
    (given,) = re.findall(r"^ENV ((?:.*\\\n)*.*)$", text("deploy/Dockerfile"), re.MULTILINE)
    settings = dict(pair.split("=", 1) for pair in given.replace("\\\n", " ").split())
    ours = {name: value for name, value in settings.items() if not name.startswith(("PATH", "PYTHON"))}
    asked = re.findall(r'"(http://[^"]+)"', text("deploy/Dockerfile"))
    yield Process("deploy/Dockerfile", f"cardinity {words}", ours, None, tuple(map(_asked, asked)))


def _asked(url: str) -> tuple[int, str]:
    parts = urlsplit(url)
    return parts.port or 80, parts.path
