"""The suite is collected in each of its processes: what they can share or leave out of that is here.

Ten thousand tests are a million objects that live to the end. Looking for garbage among them takes a fifth of
collecting, and a quarter of a second again whenever a test makes much: they are put out of the collector's sight.

In a fresh clone no module of the suite is compiled yet, and processes in step would each compile all of them. Each
begins in another place of the suite, so that most are there when it comes to them.
"""

from __future__ import annotations

import gc
import importlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    gc.disable()
    if worker := getattr(session.config, "workerinput", None):
        _import_from(session.config, int(worker["workerid"].removeprefix("gw")) / worker["workercount"])
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def _import_from(config: pytest.Config, share: float) -> None:
    """Import what will be collected, beginning at that share of it. What does not import is told by the collection."""
    folders = [folder for path in config.args if (folder := _ROOT / path).is_dir()]
    files = [file for folder in folders for file in sorted(folder.rglob("test_*.py"))]
    begin = int(len(files) * share)
    for file in (*files[begin:], *files[:begin]):
        with suppress(Exception):
            importlib.import_module(".".join(file.relative_to(_ROOT).with_suffix("").parts))
