"""Every process as a deployment starts it, each as its own user of Redis: a day's work, and the server refuses nothing.

What a process asks for and is denied it may take for an outage, or do without: so it is the server that is asked.
"""

from __future__ import annotations

import base64
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from deploy.probe import is_well
from producers.runtime.archive.database import Archive
from producers.runtime.settings import Settings
from producers.subscriptions import Subscriptions
from tests.commands import Commands, Ran
from tests.console_process import console_process
from tests.eventually import eventually
from tests.house.access.system import ORDER, client_of, enqueuer_of, refused, restricted, urls
from tests.http_process import http_process
from tests.receiver import Receiver, receiving
from tests.stack import ROOT, Stack
from workers.operations.opening import at_desk
from workers.operations.pauses import pause_queue, resume_queue

pytestmark = pytest.mark.slow

As = Callable[..., Ran]
#: Orders that end with a human: one by a payment, one by a word; by the command line and by the console.
PARKED = ("PRK-1", "PRK-2")
BECAUSE = "the back office shows none"
#: One by an earlier payment, which two humans have sent once more.
AGAIN = "REN-1"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Stack]:
    """A worker works; two orders of somebody are parked."""
    directory = tmp_path_factory.mktemp("processes")
    secret, file = directory / "secret", directory / "webhooks.toml"
    secret.touch(0o600)
    secret.write_text(f"whsec_{base64.b64encode(b'k' * 32).decode()}")
    file.write_text(f'[endpoints.shop]\nurl = "{receiver.url}/shop"\nsecret_file = "{secret}"\n')
    settings = {"ABSENT": "park", "WEBHOOKS_FILE": str(file), "ALLOW_LOCAL_WEBHOOKS": "1", "METRICS_PORT": "0"}
    faults = [{"fault": "http_500_before", "order_id": order_id} for order_id in (*PARKED, AGAIN)]
    with restricted(directory, settings=settings, faults=faults) as stack:
        with enqueuer_of(stack) as enqueuer:
            for order_id in PARKED:
                enqueuer.charge(**{**ORDER, "order_id": order_id})
            enqueuer.charge(**{**ORDER, "order_id": "PAID-1"})
            renewal = {name: ORDER[name] for name in ("amount", "currency", "country")}
            paid = enqueuer.wait("PAID-1", timeout_s=30).payment_id
            enqueuer.charge(order_id=AGAIN, payment_id=paid, **renewal)
            parked = (*PARKED, AGAIN)
            eventually(lambda: {enqueuer.get(order_id).state for order_id in parked} == {"parked"}, "they are parked")
        yield stack


@pytest.fixture
def run(stack: Stack, commands: Commands) -> As:
    """A command of somebody, which ends well."""

    def ran(user: str, *words: str) -> Ran:
        done = commands.run(*words, env={**stack.env, **urls(stack, user)}, cwd=ROOT)
        assert done.code == 0, f"{words}\n{done.out}{done.err}"
        return done

    return ran


@pytest.fixture(autouse=True)
def nothing_is_refused(stack: Stack) -> Iterator[None]:
    """The server has refused nobody anything, whatever the test looked at."""
    yield
    assert refused(stack) == []


def test_a_worker_host(stack: Stack) -> None:
    """With its supervisor, which serves the numbers that only Redis knows, and says that it is ready."""
    told = stack.directory / "worker.json"
    command = ("workers.cli", "worker", "--json", "--processes", "1")
    child = stack.start("sh", "-c", f'exec "$0" -m "$@" >{told}', sys.executable, *command)
    lines = eventually(lambda: told.exists() and told.read_text().splitlines(), "the metrics are served")
    url = json.loads((lines or [""])[0])["url"]
    for path in ("livez", "readyz", "metrics"):
        eventually(partial(is_well, f"{url}/{path}"), f"{path} is well")
    with enqueuer_of(stack) as enqueuer:
        enqueuer.charge(**{**ORDER, "order_id": "HOST-1"})
        assert enqueuer.wait("HOST-1", timeout_s=30).state == "approved"
    child.send_signal(signal.SIGTERM)
    assert child.wait(60) in (0, 128 + signal.SIGTERM)  # its process may still have been starting


def test_the_http_application(stack: Stack) -> None:
    """It takes a charge and a refund, tells of both, and says that it is ready."""
    with http_process(stack, **urls(stack, "http")) as http:
        assert http.post("charges", {**ORDER, "order_id": "HTTP-1"}).status_code == 202
        paid = http.until("HTTP-1", "approved")["payment_id"]
        money = {"amount": "4.00", "currency": "EUR", "payment_id": paid}
        assert http.post("refunds", {"order_id": "HTTP-2", **money}).status_code == 202
        assert [http.client.get(f"/{path}").status_code for path in ("livez", "readyz", "metrics")] == [200] * 3


def test_the_archive_and_the_webhooks(stack: Stack, receiver: Receiver, run: As) -> None:
    """The one writes down, the other tells, until each is asked to stop; and each holds itself against the ledger."""
    run("archive", "archive", "upgrade")
    archive = stack.module("workers.cli", "archive", "run", env=urls(stack, "archive"))
    posting = stack.module("workers.cli", "webhooks", "run", "--json", env=urls(stack, "webhooks"))
    eventually(lambda: _reads(stack, b"webhooks"), "it has found its place on the stream")
    with enqueuer_of(stack) as enqueuer:
        enqueuer.charge(**{**ORDER, "order_id": "HOOK-1"})
        enqueuer.wait("HOOK-1", timeout_s=30)
    told = "HOOK-1:approved"
    eventually(lambda: told in [json.loads(each.body)["id"] for each in [*receiver.heard]], "the merchant is told")
    run("archive", "archive", "check")
    for child in (archive, posting):
        child.send_signal(signal.SIGTERM)
        assert child.wait(60) in (0, 128 + signal.SIGTERM)
    run("worker", "webhooks", "list")
    run("worker", "webhooks", "disable", "shop")
    run("worker", "webhooks", "enable", "shop")


def test_a_scheduler(stack: Stack, run: As) -> None:
    """A run that charges, and one that follows."""
    run("archive", "archive", "upgrade")
    with enqueuer_of(stack) as enqueuer:
        enqueuer.charge(**{**ORDER, "order_id": "SUB-1"})
        card = enqueuer.wait("SUB-1", timeout_s=30).payment_id
    settings = Settings.for_producer(stack.env | urls(stack, "scheduler"))
    with Archive(settings) as archive, Subscriptions(settings, archive) as subscriptions:
        subscriptions.create(
            subscription_id="gym", amount="10.00", currency="EUR", unit="month", country="LT", zone="UTC",
            start=(datetime.now(UTC) - timedelta(days=2)).date().isoformat(), payment_id=card, consent="signup",
        )  # fmt: skip
    assert run("scheduler", "renew", "run", "--json").records[-1]["charges"] == 1
    for command in ("plan", "outcomes", "account", "held"):
        run("scheduler", "renew", command)


def test_an_operator(stack: Stack, run: As) -> None:
    """Looks at everything, stops and lets go, with rights that change no order."""
    for words in (
        "status", "explain PRK-1", "audit list", "audit verify", "queue depth", "breaker status", "parked list",
        "parked show PRK-1", "quarantine list", "disputes list", "events replay --since 2026-01-01T00:00:00Z --limit 5",
        "queue pause payments_batch --because test", "queue resume payments_batch",
        "account pause default --because test", "account resume default", "breaker reset default",
    ):  # fmt: skip
        run("operator", *words.split(" "))


def test_the_console(stack: Stack, run: As) -> None:
    """Every page, every action; parked orders end by a word there, by two and a payment, and by the command line."""
    run("archive", "archive", "upgrade")
    with enqueuer_of(stack) as enqueuer:
        enqueuer.begin_batch("weekly", {"manifest": "aa", "rows": 1})
    with console_process(stack, **urls(stack, "console")) as console, console.entered("ona") as ona:
        for page in ("/", "/orders?order_id=PRK-1", "/doubtful", "/quarantine", "/batches", "/today"):
            ona.page(page)
        for action, about in (("queue-pause", "payments_batch"), ("queue-resume", "payments_batch"),
                              ("account-pause", "default"), ("account-resume", "default"),
                              ("breaker-reset", "default")):  # fmt: skip
            assert ona.act(action, about, because="test").status_code == 200
        for action in ("batch-pause", "batch-resume", "batch-cancel"):
            assert ona.act(action, "weekly").status_code == 200
        with _paused(stack):
            assert ona.act("quarantine-replay", _put_aside(stack)).status_code == 200
            assert ona.act("quarantine-drop", _put_aside(stack)).status_code == 200

        nothing = {"decision": "nothing", "because": BECAUSE}

        def over() -> bool:
            return ona.act("order-resolve", PARKED[0], step="rehearse", **nothing).status_code == 200

        eventually(over, "nothing can land any more")
        assert "is not_charged." in ona.act("order-resolve", PARKED[0], **nothing).text
        with console.entered("petras") as petras, enqueuer_of(stack) as enqueuer:
            for user, decision in ((ona, "propose"), (petras, "confirm")):
                assert user.act("order-resolve", AGAIN, decision=decision, because=BECAUSE).status_code == 200
            assert enqueuer.wait(AGAIN, timeout_s=60).state == "approved"
    run("console", "parked", "resolve", PARKED[1], "--not-charged", "--because", BECAUSE)


def test_a_producer_and_a_reader(stack: Stack, run: As, tmp_path: Path) -> None:
    """A batch by the command line; and events in any language."""
    file = tmp_path / "orders.jsonl"
    file.write_text(json.dumps({**ORDER, "order_id": "ROW-1"}) + "\n")
    run("producer", "batch", "submit", str(file), "--name", "nightly")
    run("operator", "batch", "watch", "--batch", "nightly")
    run("operator", "batch", "report", str(file))
    run("producer", "cancel", "ROW-1")
    with client_of(stack, "reader") as reader:
        assert reader.xread({"pay:events": "0"}, count=1)


def _reads(stack: Stack, name: bytes) -> bool:
    with client_of(stack, "worker") as worker:
        return any(group["name"] == name for group in worker.xinfo_groups("pay:events"))


@contextmanager
def _paused(stack: Stack) -> Iterator[None]:
    """Nothing is taken from the queue."""
    with at_desk(Settings.from_environ(stack.env | urls(stack, "operator"))) as desk:
        pause_queue(desk, "payments")
        eventually(lambda: _said(stack, '"names":["payments"]'), "the worker heeds it")
        yield
        resume_queue(desk, "payments")


def _said(stack: Stack, words: str) -> bool:
    return any(words in log.read_text() for log in stack.directory.glob("*.log"))


def _put_aside(stack: Stack) -> str:
    """A foreign message that names an order which waits."""
    with enqueuer_of(stack) as enqueuer, client_of(stack, "worker") as worker:
        order_id = f"QRT-{worker.incr('pay:test')}"
        enqueuer.charge(**{**ORDER, "order_id": order_id})
        message = b'{"args":["%s",1]}' % order_id.encode()
        fields = {"reason": "message_format", "size": len(message), "card_data": 0, "beginning": message}
        entry: bytes = worker.xadd("pay:quarantine", fields)
        return entry.decode()
