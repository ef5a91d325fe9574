"""The archive by the command line, as an operator has it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest

from producers.runtime.archive.database import Archive
from producers.runtime.clients import sync_client
from producers.runtime.ledger import keys
from producers.runtime.reconcile_stats import reconcile_stats
from tests.commands import run
from tests.eventually import eventually
from tests.stack import CARD, PATIENT, Stack
from workers.events.archive.tables import ORDERS


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole system that has charged an order, and an archive that knows nothing yet."""
    with Stack(tmp_path_factory.mktemp("archive"), settings=PATIENT) as stack:
        stack.worker()
        with stack.enqueuer() as enqueuer:
            enqueuer.charge(order_id="ORD-1", amount="10.00", currency="EUR", country="LT", **CARD)
            assert enqueuer.wait("ORD-1", timeout_s=30).state == "approved"
        yield stack


def command(*words: str) -> Sequence[str]:
    return [sys.executable, "-m", "workers.cli", *words, "--json"]


def test_a_story_of_commands(stack: Stack) -> None:
    """Written once, checked, lost, noticed, made anew."""
    assert "run `cardinity archive upgrade`" in run(stack, "archive", "run", "--once", code=78)[0]["message"]
    run(stack, "archive", "upgrade")
    assert run(stack, "archive", "check")[0]["behind"] == 1
    written = run(stack, "archive", "run", "--once")[0]
    assert (written["events"], written["unread"]) == (2, 0)
    assert run(stack, "archive", "check") == [{"ended": 1, "behind": 0, "differences": 0}]
    assert run(stack, "status")[0]["archive"]["lag_events"] == 0
    with Archive(stack.settings()) as archive, archive.writing() as connection:
        connection.execute(ORDERS.delete())
    missing, _ = run(stack, "archive", "check", code=65)
    assert (missing["order_id"], missing["what"], missing["archive"]) == ("ORD-1", "missing", None)
    assert run(stack, "archive", "rebuild")[0]["orders"] == 1
    assert run(stack, "archive", "check")[0]["differences"] == 0


def test_it_runs_until_it_is_told_to_stop(stack: Stack) -> None:
    """What happens meanwhile is there, and SIGTERM ends it."""
    run(stack, "archive", "upgrade")
    with subprocess.Popen(command("archive", "run"), cwd=stack.directory, env=stack.env) as process:
        try:
            with stack.enqueuer() as enqueuer:
                enqueuer.charge(order_id="ORD-2", amount="10.00", currency="EUR", country="LT", **CARD)
                enqueuer.wait("ORD-2", timeout_s=30)
            archived = ORDERS.select().where(ORDERS.c.order_id == "ORD-2", ORDERS.c.state == "approved")
            with Archive(stack.settings()) as archive:

                def there() -> bool:
                    with archive.reading() as connection:
                        return connection.execute(archived).first() is not None

                eventually(there, "its row says how it ended", within_s=30)
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 143


def test_our_books_are_those_of_the_gateway(stack: Stack) -> None:
    """Nothing differs; then our rows are made to say something else, and the last run can be read again."""
    run(stack, "archive", "upgrade")
    run(stack, "reconcile", "report", code=66)
    with stack.enqueuer() as enqueuer:
        enqueuer.charge(order_id="ORD-3", amount="10.00", currency="EUR", country="LT", **CARD)
        paid = enqueuer.wait("ORD-3", timeout_s=30).payment_id
        enqueuer.refund(order_id="RET-3", payment_id=str(paid), amount="4.00", currency="EUR")
        enqueuer.wait("RET-3", timeout_s=30)
    run(stack, "archive", "run", "--once")
    (same,) = run(stack, "reconcile", "run", "--alone")
    assert (same["both"] >= 2, same["theirs"], same["differences"]) == (True, 0, 0)
    with Archive(stack.settings()) as archive, archive.writing() as connection:
        connection.execute(ORDERS.update().where(ORDERS.c.order_id == "ORD-3").values(amount_minor=999))
        connection.execute(ORDERS.update().where(ORDERS.c.order_id == "RET-3").values(follow_up_id=paid))
    found = {line["order_id"]: line for line in run(stack, "reconcile", "run", code=65)[:-1]}
    assert {name: line["what"] for name, line in found.items()} == {"ORD-3": "amount", "RET-3": "absent"}
    assert (found["ORD-3"]["ours"]["amount_minor"], found["ORD-3"]["theirs"]["amount_minor"]) == (999, 1000)
    assert [line["differences"] for line in run(stack, "reconcile", "report", code=65)[-1:]] == [2]
    with sync_client(stack.settings().redis_ledger_url, stack.settings()) as client:
        told = reconcile_stats(client.hgetall(keys.RECONCILED), client.time()[0] * 1000)
    assert {what: count for what, count in told.differences.items() if count} == {"amount": 1, "absent": 1}
    assert told.age_s < 60
