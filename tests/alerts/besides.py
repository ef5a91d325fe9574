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
from tests.nursery import Child
from tests.receiver import Receiver, receiving

#: Seconds within which a command that ends by itself has ended.
ENDED_S: Final = 30.0
COMMAND: Final = (sys.executable, "-m", "workers.cli")


def with_endpoint(plan: Plan) -> Receiver:
    """Let there be an archive, and a receiver of webhooks, which is well."""
    _with_archive(plan, random.Random())
    receiver = plan.closing.enter_context(receiving())
    secret, file = plan.directory / "secret", plan.directory / "webhooks.toml"
    secret.touch(0o600)
    secret.write_text(f"whsec_{base64.b64encode(b'k' * 32).decode()}")
    file.write_text(
        f'ports = [{receiver.server_port}]\n[endpoints.shop]\nurl = "{receiver.url}/shop"\nsecret_file = "{secret}"\n'
    )
    plan.settings |= {"WEBHOOKS_FILE": str(file), "ALLOW_LOCAL_WEBHOOKS": "1"}
    return receiver


def running(fire: Fire, *words: str) -> Child | None:
    """That command, once it has said its first words, which is when it reads; None when the run ended before."""
    log = fire.stack.directory / f"{words[0]}.log"
    process = fire.stack.start(*COMMAND, *words, log_into=log)
    return process if fire.until(log.read_bytes) else None


def done(fire: Fire, *words: str) -> None:
    """That command, to its end, and all went well."""
    code = fire.stack.start(*COMMAND, *words).wait(ENDED_S)
    assert code == 0, f"`cardinity {' '.join(words)}` ended with {code}"


def _with_archive(plan: Plan, rng: random.Random) -> None:
    plan.settings["ARCHIVE_URL"] = f"sqlite:///{plan.directory}/archive.sqlite3"


def _endpoint(plan: Plan, rng: random.Random) -> None:
    with_endpoint(plan)


def _killed(*words: str) -> Strike:
    """That command runs while all is well, and then it is killed."""

    def strike(fire: Fire, rng: random.Random) -> None:
        done(fire, "archive", "upgrade")
        process = running(fire, *words)
        if process and fire.await_done(0.0):
            process.kill()
            process.wait()
            fire.over.wait()

    return strike


def _never_again(fire: Fire, rng: random.Random) -> None:
    """It ran, and whoever was to run it again does not."""
    done(fire, "archive", "upgrade")
    done(fire, "renew", "run")
    if fire.await_done(0.0):
        fire.over.wait()


#: Each by its alert.
BESIDES: Final[Mapping[str, Fault]] = {
    "CardinityArchiveLag": Fault(
        "archive-lost", "process", "the archive is killed for good", _with_archive, _killed("archive", "run")
    ),
    "CardinityReaderLag": Fault(
        "webhooks-lost", "process", "what posts events is killed for good", _endpoint, _killed("webhooks", "run")
    ),
    "CardinitySchedulerDead": Fault(
        "scheduler-lost", "process", "renewals ran, and are never run again", _with_archive, _never_again
    ),
}
