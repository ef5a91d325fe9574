"""Each command as a user runs it, against a running system."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from tests.commands import Ran
from tests.e2e.conftest import System
from tests.eventually import eventually

CARD = {"pan": "4111111111111111", "exp_month": 12, "exp_year": 2040, "cvc": "123", "holder": "Ada Lovelace"}
NO_SUCH_PAYMENT = "00000000-0000-4000-a000-000000000001"


def charge(system: System, order_id: str, *more: str, amount: str = "10.00", card: object = CARD) -> Ran:
    asked = ("--order-id", order_id, "--amount", amount, "--currency", "EUR", "--country", "LT", "--json")
    return system.run("charge", *asked, "--card-file", "-", *more, stdin=json.dumps(card))


def test_a_charge_waits_for_its_approval(system: System) -> None:
    """`charge --wait` exits 0 for an approved payment and tells its id."""
    ran = charge(system, "CLI-1", "--wait")
    (order,) = ran.records
    assert (ran.code, order["state"], order["final"]) == (0, "approved", True)
    assert order["payment_id"]


def test_a_declined_charge_exits_10(system: System) -> None:
    """The bank's no is an exit code of its own, with the gateway's words."""
    ran = charge(system, "CLI-2", "--wait", amount="150.01")
    assert (ran.code, ran.records[0]["error"]) == (10, "3000: Do Not Honor")


def test_a_rejected_charge_exits_11(system: System) -> None:
    """What the gateway refuses moved no money."""
    asked = ("--order-id", "CLI-3", "--amount", "1.00", "--currency", "EUR", "--country", "LT", "--wait")
    assert system.run("charge", *asked, "--payment-id", NO_SUCH_PAYMENT).code == 11


def test_the_same_charge_again_tells_how_it_stands(system: System) -> None:
    """A repeated command is no second charge."""
    charge(system, "CLI-4", "--wait")
    again = charge(system, "CLI-4")
    assert (again.code, again.records[0]["state"]) == (0, "approved")
    assert [row["posts"] for row in system.stage.charges() if row["order_id"] == "CLI-4"] == [1]


def test_other_content_under_the_same_order_is_a_conflict(system: System) -> None:
    """The conflict names the fields that differ, and exits 65."""
    charge(system, "CLI-5")
    ran = charge(system, "CLI-5", amount="11.00")
    assert (ran.code, ran.records[0]["error"], ran.records[0]["fields"]) == (65, "order_conflict", ["amount"])


def test_what_is_probably_not_meant_is_said(system: System) -> None:
    """A description that the test gateway takes for a command is accepted, and warned of on stderr."""
    ran = charge(system, "CLI-8", "--description", "fail")
    assert (ran.code, ran.records[0]["state"]) == (0, "accepted")
    assert "warning: description:" in ran.err
    assert "description_reserved" in ran.err


def test_a_wrong_card_is_never_repeated(system: System) -> None:
    """Neither stream tells a digit of a card that is refused."""
    ran = charge(system, "CLI-6", card={**CARD, "pan": "4242424242424241"})
    assert (ran.code, ran.records[0]["error"]) == (65, "card_number_invalid")
    assert "4241" not in ran.out + ran.err


def test_status_shows_both_workers(system: System) -> None:
    """Two workers are present, the mirror is read, and nothing is in doubt."""
    eventually(lambda: len(_present(system)) == 2, "two present workers")

    def without_doubt() -> bool:
        status = system.run("status", "--json").records[0]
        return status["mirrors"][0]["lag_s"] is not None and status["orders"]["unknown"] == 0

    eventually(without_doubt, "the mirror was read, and shows what became of all that was sent")


def test_explain_tells_the_whole_story(system: System) -> None:
    """From the accept over intent and outcome to the events that were told, and that nothing more will come."""
    charge(system, "CLI-7", "--wait")
    *story, order = system.run("explain", "--json", "CLI-7").records
    assert [line["kind"] for line in story if line["kind"] != "event"] == [
        "accepted", "claimed", "sending", "approved",
    ]  # fmt: skip
    assert [line["text"] for line in story if line["kind"] == "event"] == [
        "told to the owner: CLI-7:accepted", "told to the owner: CLI-7:approved",
    ]  # fmt: skip
    assert (order["state"], order["next"], order["next_at"]) == ("approved", "nothing: this is final", None)


def test_explain_needs_an_order(system: System) -> None:
    """An order_id that nobody used exits 66."""
    assert system.run("explain", "NOPE").code == 66


def test_doctor_finds_a_healthy_system_healthy(system: System) -> None:
    """Every check is well, the gateway's credentials and both clocks included."""
    ran = system.run("doctor", "--json")
    *findings, counts = ran.records
    assert (ran.code, counts["wrong"], counts["unreachable"]) == (0, 0, 0)
    assert {"redis durability", "ledger epoch", "keys", "gateway"} <= {found["check"] for found in findings}


@pytest.mark.parametrize(
    ("env", "check", "code"),
    [
        ({"CARDINITY_CONSUMER_SECRET": "another"}, "gateway", 78),
        ({"CARDINITY_BASE_URL": "http://127.0.0.1:9/v1"}, "gateway", 69),
        ({"REDIS_QUEUE_URL": "redis://127.0.0.1:9/0"}, "redis queue", 69),
        ({"ARCHIVE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}, "archive", 69),
        ({"PRODUCER_ID": "somebody-else"}, "keys", 78),
        ({"STATE_DIR": "/dev/null/state"}, "state", 78),
        ({"LEASE_S": "1"}, "settings", 78),
    ],
)
def test_doctor_names_what_is_wrong(system: System, env: dict[str, str], check: str, code: int) -> None:
    """The check that found it is named, and the exit code tells what to mend from what to wait for."""
    ran = system.run("doctor", "--json", env=env)
    troubles = [found["check"] for found in ran.records[:-1] if found["verdict"] in ("wrong", "unreachable")]
    assert (ran.code, set(troubles)) == (code, {check})


def test_keys_fit_together_and_are_private(system: System, tmp_path: Path) -> None:
    """Generated keys serve producer and worker at once; nobody else reads them; they are never overwritten."""
    made = system.run("keys", "generate", "--json", str(tmp_path / "keys"))
    env = {**made.records[0]["settings"], "PRODUCER_KEY": "", "SEAL_PUBLIC_KEY": ""}
    found = {found["message"] for found in system.run("doctor", "--json", env=env).records[:-1]}
    assert "producers and workers fit" in found
    assert (tmp_path / "keys" / "seal.private.json").stat().st_mode & 0o077 == 0
    assert system.run("keys", "generate", str(tmp_path / "keys")).code == 73


def test_metrics_are_served_for_all_processes(system: System) -> None:
    """One endpoint answers for the host, with the numbers of workers and ledger."""
    charge(system, "CLI-8", "--wait")
    with urllib.request.urlopen(system.stage.metrics_url, timeout=60) as answer:  # noqa: S310
        text = answer.read().decode()
    assert 'cardinity_orders{state="approved"}' in text


def test_a_killed_worker_is_started_again(system: System) -> None:
    """`kill -9` of a worker process costs nothing but the process: another takes its place."""
    before = eventually(lambda: pids if len(pids := _pids(system)) == 2 else set[int](), "both are present")
    killed = system.stage.kill_worker(before)
    assert killed in before
    eventually(lambda: len(_pids(system) - before) == 1, "a new worker process")
    assert charge(system, "CLI-9", "--wait").code == 0


def _present(system: System) -> list[str]:
    workers = system.run("status", "--json").records[0]["workers"]
    return [worker["name"] for worker in workers if worker["present"]]


def _pids(system: System) -> set[int]:
    return {int(name.rsplit("-", 2)[1]) for name in _present(system)}
