"""A worker process of the product with lines of it changed, started as
`python -m workers.process --boot tests.rules.worker:boot`; the changes come in `RULES_CHANGES`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import ExitStack

from tests.rules.changing import Change, changed
from workers import main

CHANGES = "RULES_CHANGES"
#: Never left: the changes last as long as the process.
_FOR_LIFE = ExitStack()


def boot() -> None:
    """As `workers.main.boot`."""
    changes = [Change(*parts) for parts in json.loads(os.environ.pop(CHANGES))]
    _FOR_LIFE.enter_context(changed(changes))
    main.boot()


def boot_environment(changes: Iterable[Change]) -> dict[str, str]:
    """What such a process needs beside its settings."""
    return {CHANGES: json.dumps([(change.file, change.old, change.new) for change in changes])}
