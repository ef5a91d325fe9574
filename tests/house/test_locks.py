"""The lock files install the same bytes everywhere, from wherever a machine gets its packages."""

import re

import pytest
from packaging.requirements import Requirement

from tests.house.delivery import declared, pins
from tests.house.tree import hold, text

LOCKS = {
    "requirements.lock": ("demo", "reports", "otel"),
    "requirements-dev.lock": ("demo", "reports", "otel", "dev"),
}
RENEW = "Renew both lock files with `make lock`."


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place(lock: str) -> None:
    """A lock file holds names, versions and hashes: no URL, no path, no option that names an index."""
    hold(
        f"Where packages come from is the machine's affair. {RENEW}",
        (
            f"{lock}:{number}: {line}"
            for number, line in enumerate(text(lock).splitlines(), 1)
            if re.search(r"://|^\s*--(?!hash=sha256:[0-9a-f]{64}( \\)?$)|^[./]", line)
        ),
    )


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_what_the_project_declares(lock: str) -> None:
    """Every declared dependency is pinned, at a version that its bound allows."""
    pinned = pins(lock)
    hold(
        f"{lock} is older than pyproject.toml. {RENEW}",
        (need for need in declared(*LOCKS[lock]) if not _met(need, pinned.get(need.name.lower()))),
    )


def test_the_runtime_lock_is_part_of_the_development_lock() -> None:
    """What is tested is what is delivered: both locks pin the same versions."""
    tested = pins("requirements-dev.lock")
    hold(
        f"The suite runs against other versions than a deployment. {RENEW}",
        (
            f"{name}: delivered {version}, tested {tested.get(name)}"
            for name, version in pins("requirements.lock").items()
            if tested.get(name) != version
        ),
    )


def _met(need: Requirement, version: str | None) -> bool:
    return version is not None and version in need.specifier
