"""Processes beside the workers that the chaos suite kills, and here nobody starts again: the archive, what posts events
to merchants, the scheduler of renewals. A campaign has none of them.
"""

from __future__ import annotations

import base64
import random
import sys
from collections.abc import Mapping
from typing import Final

from tests.campaign.catalogue.redis import Strike
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.campaign.plan import Plan
from tests.receiver import receiving

#: Seconds within which a command that ends by itself has ended.
ENDED_S: Final = 30.0
COMMAND: Final = (sys.executable, "-m", "workers.cli")


def _with_archive(plan: Plan, rng: random.Random) -> None:
    plan.settings["ARCHIVE_URL"] = f"sqlite:///{plan.directory}/archive.sqlite3"


def _with_endpoint(plan: Plan, rng: random.Random) -> None:
    _with_archive(plan, rng)
    receiver = plan.closing.enter_context(receiving())
    secret, file = plan.directory / "secret", plan.directory / "webhooks.toml"
    secret.touch(0o600)
    secret.write_text(f"whsec_{base64.b64encode(b'k' * 32).decode()}")
    file.write_text(
        f'ports = [{receiver.server_port}]\n[endpoints.shop]\nurl = "{receiver.url}/shop"\nsecret_file = "{secret}"\n'
    )
    plan.settings |= {"WEBHOOKS_FILE": str(file), "ALLOW_LOCAL_WEBHOOKS": "1"}


def _killed(*words: str) -> Strike:
    """That command runs while all is well, and then it is killed."""

    def strike(fire: Fire, rng: random.Random) -> None:
        _done(fire, "archive", "upgrade")
        log = fire.stack.directory / "lost.log"
        process = fire.stack.start(*COMMAND, *words, log_into=log)
        if fire.until(lambda: log.read_bytes()) and fire.await_done(0.0):  # its first words say that it reads
            process.kill()
            process.wait()
            fire.over.wait()

    return strike


def _never_again(fire: Fire, rng: random.Random) -> None:
    """It ran, and whoever was to run it again does not."""
    _done(fire, "archive", "upgrade")
    _done(fire, "renew", "run")
    if fire.await_done(0.0):
        fire.over.wait()


def _done(fire: Fire, *words: str) -> None:
    code = fire.stack.start(*COMMAND, *words).wait(ENDED_S)
    assert code == 0, f"`cardinity {' '.join(words)}` ended with {code}"


#: Each by its alert.
BESIDES: Final[Mapping[str, Fault]] = {
    "CardinityArchiveLag": Fault(
        "archive-lost", "process", "the archive is killed for good", _with_archive, _killed("archive", "run")
    ),
    "CardinityReaderLag": Fault(
        "webhooks-lost", "process", "what posts events is killed for good", _with_endpoint, _killed("webhooks", "run")
    ),
    "CardinitySchedulerDead": Fault(
        "scheduler-lost", "process", "renewals ran, and are never run again", _with_archive, _never_again
    ),
}
