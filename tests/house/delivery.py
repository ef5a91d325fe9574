"""What we deliver, as pyproject.toml and the lock files say it."""

import re
import tomllib
from typing import Any

from packaging.requirements import Requirement

from tests.house.tree import text


def project() -> dict[str, Any]:
    """The [project] table."""
    table: dict[str, Any] = tomllib.loads(text("pyproject.toml"))["project"]
    return table


def declared(*extras: str) -> list[Requirement]:
    """The dependencies that pyproject.toml names, with those of the given extras."""
    table = project()
    lines = [*table["dependencies"]]
    for extra in extras:
        lines += table["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


def pins(lock: str) -> dict[str, str]:
    """Name to version of everything that a lock file pins."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text(lock), re.MULTILINE))
