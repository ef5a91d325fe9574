"""`sbom.py FILE`: what is installed beside this interpreter, as a CycloneDX 1.6 document. Standard library only."""

from __future__ import annotations

import json
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any


def inventory() -> dict[str, Any]:
    """Every installed distribution, by name."""
    found = {each.metadata["Name"].lower(): each for each in distributions()}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "cardinity-batch"}},
        "components": [_component(found[name]) for name in sorted(found)],
    }


def _component(distribution: Distribution) -> dict[str, Any]:
    name, version = distribution.metadata["Name"], distribution.version
    package_url = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    component = {"type": "library", "bom-ref": package_url, "name": name, "version": version, "purl": package_url}
    if "License-Expression" not in distribution.metadata:
        return component
    return {**component, "licenses": [{"expression": distribution.metadata["License-Expression"]}]}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(inventory(), indent=1) + "\n", "utf-8")
