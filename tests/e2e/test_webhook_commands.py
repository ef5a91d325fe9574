"""`cardinity webhooks` from an order to its receiver, as its own processes."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commands import run
from tests.eventually import eventually
from tests.receiver import Receiver, receiving
from tests.stack import CARD, PATIENT, Stack

ORDER = {"amount": "10.00", "currency": "EUR", "country": "LT", **CARD}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def stack(tmp_path: Path, receiver: Receiver) -> Iterator[Stack]:
    """A system that charges, and tells a receiver of ends."""
    secret, file = tmp_path / "secret", tmp_path / "webhooks.toml"
    secret.touch(0o600)
    secret.write_text(f"whsec_{base64.b64encode(b'k' * 32).decode()}")
    file.write_text(
        f'[endpoints.shop]\nurl = "{receiver.url}/shop"\nsecret_file = "{secret}"\n'
        'events = ["payment.approved", "payment.declined"]\n'
    )
    with Stack(tmp_path / "stack", settings=PATIENT) as stack:
        stack.env |= {"WEBHOOKS_FILE": str(file), "ALLOW_LOCAL_WEBHOOKS": "1"}
        stack.worker()
        yield stack


def command(*words: str) -> Sequence[str]:
    return [sys.executable, "-m", "workers.cli", *words, "--json"]


@contextmanager
def posting(stack: Stack) -> Iterator[None]:
    """The process that posts, which ends well when it is told to."""
    words = command("webhooks", "run")
    with subprocess.Popen(words, cwd=stack.directory, env=stack.env, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            assert "posting to shop" in process.stderr.readline()
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
    assert process.returncode == 0


def charge(stack: Stack, order_id: str) -> None:
    with stack.enqueuer() as enqueuer:
        enqueuer.charge(order_id=order_id, **ORDER)
        assert enqueuer.wait(order_id, timeout_s=30).state == "approved"


def names(receiver: Receiver) -> list[str]:
    """The ids of the events that it heard."""
    return [json.loads(each.body)["id"] for each in list(receiver.heard)]


@pytest.mark.timeout(300)
def test_a_story_of_commands(stack: Stack, receiver: Receiver) -> None:
    """Tested, posted, disabled, enabled, told again, forgotten; each change audited, and none by a dry run."""
    assert "run `cardinity archive upgrade`" in run(stack, "webhooks", "list", code=78)[0]["message"]
    run(stack, "archive", "upgrade")
    assert run(stack, "webhooks", "test", "shop", "--dry-run")[0]["done"] is False
    assert receiver.heard == []
    assert run(stack, "webhooks", "test", "shop")[0]["answer"] == "204"
    assert json.loads(receiver.heard.pop().body)["type"] == "webhook.test"
    with posting(stack):
        charge(stack, "ORD-1")
        eventually(lambda: names(receiver) == ["ORD-1:approved"], "it is told")
        assert run(stack, "webhooks", "disable", "shop")[0]["changed"] is True
        charge(stack, "ORD-2")
        eventually(lambda: run(stack, "webhooks", "list")[0]["waiting"] == 1, "it waits")
        assert run(stack, "webhooks", "enable", "shop", "--dry-run")[0]["done"] is False
        shown, row = run(stack, "webhooks", "show", "shop")
        assert (shown["enabled"], shown["because"], row["event_id"], row["tries"]) == (
            False, "operator", "ORD-2:approved", 0,
        )  # fmt: skip
        assert run(stack, "webhooks", "enable", "shop")[0]["changed"] is True
        eventually(lambda: names(receiver) == ["ORD-1:approved", "ORD-2:approved"], "what waited is told")
    run(stack, "archive", "run", "--once")
    (counted,) = run(stack, "webhooks", "redeliver", "--since", "2020-01-01", "--dry-run")
    (told,) = run(stack, "webhooks", "redeliver", "ORD-1:approved")
    assert (counted["events"], counted["done"], told["events"], told["done"]) == (2, False, 1, True)
    with posting(stack):
        eventually(lambda: len(receiver.heard) == 3, "it is told again")
    assert receiver.heard[2] == receiver.heard[0]
    run(stack, "webhooks", "forget")
    audited = [each["action"] for each in run(stack, "audit", "list") if each["action"].startswith("webhook.")]
    assert sorted(audited) == sorted(f"webhook.{each}" for each in ("test", "disable", "enable", "redeliver", "forget"))


def test_what_is_not_there_is_told(stack: Stack) -> None:
    """Endpoints, events, and a file."""
    run(stack, "archive", "upgrade")
    assert run(stack, "webhooks", "show", "nobody", code=66)[0]["error"] == "endpoint_unknown"
    assert run(stack, "webhooks", "redeliver", "ORD-9:approved", code=66)[-1]["error"] == "event_unknown"
    run(stack, "webhooks", "redeliver", code=2)
    del stack.env["WEBHOOKS_FILE"]
    assert run(stack, "webhooks", "list", code=78)[0]["error"] == "webhooks_missing"
