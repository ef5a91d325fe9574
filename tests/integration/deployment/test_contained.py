"""Every process works as the image starts it: process 1 of user 10001, on a root that is only read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from deploy.probe import is_well
from producers.errors import LedgerUnavailable
from tests import contained
from tests.application import a_caller
from tests.contained import STATE, USER, walls
from tests.eventually import eventually
from tests.house.tree import text
from tests.stack import CARD, Stack
from workers.console.passwords import BY_PROXY
from workers.console.users import OPERATOR, User, add_user

pytestmark = [pytest.mark.slow, pytest.mark.needs(tool=contained.need)]

#: Each process, what it says before the address that it listens on, and what its health check asks for there. The
#: console's login is shown to anybody.
WORKER = ("worker --processes 1", "metrics at ", "livez")
OTHERS = (("http --port 0", "serving at ", "livez"), ("console --port 0", "serving at ", "login"))


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Redis and the gateway, and a folder that the container may write into."""
    (tmp_path / "state").mkdir(0o700)
    with Stack(tmp_path / "stack", settings={"METRICS_PORT": "0", "PYTHONDONTWRITEBYTECODE": "1"}) as stack:
        _, keys = a_caller(stack.directory)
        add_user(stack.directory / "users", User("ona", OPERATOR, BY_PROXY))
        stack.env |= {"API_KEYS_FILE": str(keys), "CONSOLE_USERS_FILE": str(stack.directory / "users")}
        yield stack


def test_the_image_says_so() -> None:
    """User and place are those of the image."""
    assert f"\nUSER {USER}:{USER}\n" in text("deploy/Dockerfile") and f"STATE_DIR={STATE}" in text("deploy/Dockerfile")


def test_every_process_works_in_a_container(stack: Stack, tmp_path: Path) -> None:
    """Health checks are answered, a charge is made, the worker leaves its memory in its folder, and all end well."""
    started = [start(stack, tmp_path, *WORKER)]
    eventually(partial(_charged, stack), "a worker has founded the ledger, and charges")
    started += [start(stack, tmp_path, *each) for each in OTHERS]
    assert (tmp_path / "state" / "ledger.json").exists()
    for child, inside in started:
        os.kill(inside, signal.SIGTERM)
        assert child.wait(60) == 0


def test_nothing_else_can_be_written(stack: Stack, tmp_path: Path) -> None:
    """Neither the root nor what belongs to another process."""
    script = (
        "import os, sys\n"
        "assert os.getuid() == 10001 and os.getpid() == 1\n"
        "for place in sys.argv[1:]:\n"
        "    try: open(place, 'w')\n"
        "    except OSError as error: print(error.errno)\n"
    )
    places = ("/x", f"{sys.prefix}/x", f"{stack.directory}/x", f"{STATE}/x")
    line = [*walls(tmp_path / "state", stack.directory), sys.executable, "-c", script, *places]
    log = tmp_path / "tried.log"
    assert stack.start(*line, log_into=log).wait(30) == 0
    assert log.read_text().split() == ["30", "30", "30"]  # EROFS
    assert (tmp_path / "state" / "x").exists()


def start(stack: Stack, directory: Path, words: str, before: str, path: str) -> tuple[subprocess.Popen[bytes], int]:
    """`cardinity …` in a container, once its health check is answered; and its process as this machine counts them."""
    log = directory / f"{words.partition(' ')[0]}.log"
    line = [*walls(directory / "state", stack.directory), sys.executable, "-m", "workers.cli", *words.split(" ")]
    child = stack.start(*line, env={"STATE_DIR": STATE}, log_into=log)
    eventually(lambda: before in log.read_text(), "it says where it listens")
    url = log.read_text().partition(before)[2].split()[0].removesuffix("/metrics")
    eventually(lambda: is_well(f"{url}/{path}"), "it is well")
    (inside,) = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
    return child, int(inside)


def _charged(stack: Stack) -> bool:
    try:
        enqueuer = stack.enqueuer()
    except LedgerUnavailable:
        return False
    with enqueuer:
        enqueuer.charge(order_id="ORD-1", amount="10.00", currency="EUR", country="LT", **CARD)
        return enqueuer.wait("ORD-1", timeout_s=30).state == "approved"
