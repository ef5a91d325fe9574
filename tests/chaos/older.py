"""A worker of the release before: it reads no envelope of the newest version. Started as the product is, with
`python -m workers.process --boot tests.chaos.older:boot`.
"""

from __future__ import annotations

from typing import cast

from producers.contract import versions
from workers import main

#: What the release before does not know.
NEWEST = max(versions.VERSIONS)


def boot() -> None:
    """The product's, without the newest version."""
    del cast("dict[int, versions.Version]", versions.VERSIONS)[NEWEST]
    main.boot()
