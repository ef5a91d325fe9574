"""What a system has that is more than a batch: archive, console, members whose month is due, orders in doubt."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from producers.enqueue import Enqueuer
from producers.runtime.archive.database import Archive
from producers.subscriptions import Subscriptions
from workers.cli.demo.env_file import write_env
from workers.cli.demo.scale import STAYING
from workers.cli.demo.stage import Stage
from workers.cli.demo.traffic import Traffic
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError

#: Who may use the console, and as what.
USERS: Final = (("ona", "operator"), ("jonas", "viewer"))
#: Seconds until a payment that is needed to go on must be there, whatever strikes it.
PAID_S: Final = 60.0
#: Seconds between two looks for one.
LOOK_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Rooms:
    """Where people look, and what they need for it; `env` is to be sourced."""

    console: str
    password: str
    metrics: str
    env: Path


@dataclass(frozen=True, slots=True)
class Doubts:
    """Two orders that nobody answered for. The gateway has charged the second, and calls that `payment_id`."""

    uncharged: str
    charged: str
    payment_id: str


def open_rooms(stage: Stage) -> Rooms:
    """Start the processes that look at the others, and the workers anew, with the settings of a demo that stays."""
    users, password = stage.directory / "users", secrets.token_hex(8)
    for name, role in USERS:
        stage.run("console", "user", "add", name, "--role", role, "--file", str(users), given=f"{password}\n")
    stage.start_workers_anew({**STAYING, "CLOCK_URL": f"{stage.door}/clock", "CONSOLE_USERS_FILE": str(users)})
    stage.run("archive", "upgrade")
    stage.start("archive", "archive", "run")
    console = stage.start("console", "console", "--port", "0").await_word("url")
    env = stage.directory / "env"
    # Processes write their logs for machines, commands for whoever types them.
    write_env(env, {**stage.env, "LOG_FORMAT": "auto"})
    return Rooms(console, password, stage.metrics_url, env)


def raise_doubts(stage: Stage, traffic: Traffic) -> Doubts:
    """Hand in one order of each kind."""
    uncharged, charged = traffic.doubt(charged=False), traffic.doubt(charged=True)
    return Doubts(uncharged, charged, _payment_of(stage, charged))


def subscribe(stage: Stage, enqueuer: Enqueuer, archive: Archive, traffic: Traffic) -> None:
    """Two members whose first month is due today: one is charged, one is declined, for the amount."""
    traffic.charge("MEMBER-1", "1.00")
    paid = enqueuer.wait("MEMBER-1", PAID_S).payment_id
    with Subscriptions(stage.settings, archive) as subscriptions:
        for plan_id, amount in (("gym", "19.90"), ("club", "180.00")):
            subscriptions.add_plan(plan_id=plan_id, amount=amount, currency="EUR", unit="month")
            fields = {"plan_id": plan_id, "country": "LT", "zone": "UTC", "payment_id": paid, "consent": "sign-up form"}
            subscriptions.create(subscription_id=f"{plan_id}-1", **fields)


def _payment_of(stage: Stage, order_id: str) -> str:
    """What the gateway's own books call the payment of an order."""
    give_up_at = time.monotonic() + PAID_S
    while time.monotonic() < give_up_at:
        if payments := stage.ask_gateway(f"payments?order_id={order_id}"):
            return str(payments[0]["id"])
        time.sleep(LOOK_S)
    raise CommandError("demo_not_paid", f"the gateway has no payment of {order_id}", ExitCode.UNAVAILABLE)
