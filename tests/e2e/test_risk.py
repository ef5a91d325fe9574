"""Risk rules in a whole system: blocked orders are never sent, reviewed ones wait, a backtest finds what was found."""

from __future__ import annotations

import json
import random
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from producers.contract import states
from producers.contract.events import decode, encode
from producers.contract.payment_data import PaymentData
from producers.enqueue import Enqueuer
from producers.feed import Position
from tests.archives import archive_settings, upgraded
from tests.commands import Commands
from tests.e2e.risk_shop import PANS, charge, cli, learnt, reviewed, risk_settings, row
from tests.eventually import eventually
from tests.house.documents import fenced
from tests.stack import CARD, Stack
from workers.events.archive.tables import EVENTS

pytestmark = pytest.mark.slow

#: The sandbox declines it.
DECLINED_PAN = "5454545454540109"
RULES = """
[rules.many_customers]
mode = "live"
verdict = "block"
max = 2

[rules.failed_attempts]
mode = "live"
verdict = "review"
max = 1
"""
#: Low enough that a few orders meet each of them.
SHADOW = """
[rules.failed_attempts]
max = 2
[rules.many_cards]
max = 3
[rules.many_customers]
max = 2
[rules.card_testing]
max = 2
[rules.unusual_geography]
history = 1
[rules.odd_hours]
from_h = 0
until_h = 24
amounts = { EUR = "20.00" }
"""
#: Seconds that a review waits where its end is waited for: the judge must be gone before.
REVIEW_S = 5
COUNTRIES = "192.0.2.0,192.0.2.127,LT\n192.0.2.128,192.0.2.255,NG\n"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One worker with rules that act; each test has customers and addresses of its own."""
    directory = tmp_path_factory.mktemp("risk")
    with Stack(directory, settings=risk_settings(directory / "rules", RULES)) as running:
        running.worker()
        yield running


@pytest.fixture(scope="module")
def enqueuer(stack: Stack) -> Iterator[Enqueuer]:
    """A service."""
    with stack.enqueuer() as made:
        yield made


def test_a_blocked_order_is_rejected_and_never_sent(stack: Stack, enqueuer: Enqueuer) -> None:
    """With the code and the rule; the gateway has not heard of it."""
    charge(enqueuer, "BLOCK-1", customer="ona", pan=PANS[3])
    assert enqueuer.wait("BLOCK-1", 60).state == states.APPROVED
    charge(enqueuer, "BLOCK-2", customer="jonas", pan=PANS[3])
    over = enqueuer.wait("BLOCK-2", 60)
    assert (over.state, over.reason) == (states.REJECTED, "risk_blocked")
    assert row(stack, "BLOCK-2")["detail"] == "many_customers"
    assert "BLOCK-2" not in stack.charges()
    told = [event.data for _, event in _events(enqueuer) if event.subject == "BLOCK-2"]
    assert isinstance(told[-1], PaymentData) and told[-1].risk is not None
    assert (told[-1].risk.verdict, told[-1].risk.rules) == ("block", ("many_customers",))
    code, (line,) = cli(stack, "risk", "explain", "BLOCK-2")
    assert (code, line["verdict"], line["acting"]) == (0, "block", ["many_customers"])
    assert (line["facts"]["customers"], line["facts"]["customer"]) == (2, "jonas")


def test_a_reviewed_order_goes_on_once_it_is_approved(stack: Stack, enqueuer: Enqueuer) -> None:
    """Until then it is accepted and unsent; then it is charged once."""
    _in_review(stack, enqueuer, "REVIEW-1", "198.51.100.1")
    assert "REVIEW-1" not in stack.charges()
    assert "risk review approve" in cli(stack, "explain", "REVIEW-1")[1][-1]["next"]
    _, waiting = cli(stack, "risk", "review", "list")
    assert [(each["order_id"], each["rules"]) for each in waiting] == [("REVIEW-1", ["failed_attempts"])]
    rehearsed = {"order_id": "REVIEW-1", "review": "approved", "dry_run": True}
    assert cli(stack, "risk", "review", "approve", "REVIEW-1", "--dry-run") == (0, [rehearsed])
    assert len(cli(stack, "risk", "review", "list")[1]) == 1
    assert cli(stack, "risk", "review", "approve", "REVIEW-1")[0] == 0
    assert enqueuer.wait("REVIEW-1", 60).state == states.APPROVED
    assert stack.charges()["REVIEW-1"]["approved"] == 1
    decided = {"order_id": "REVIEW-1", "review": "approved"}
    for more, dry_run in (((), False), (("--dry-run",), True)):
        refused = cli(stack, "risk", "review", "reject", "REVIEW-1", *more)
        assert refused == (75, [{**decided, "dry_run": dry_run}])
    assert cli(stack, "risk", "review", "reject", "NOBODYS-0", "--dry-run")[0] == 66
    assert cli(stack, "risk", "review", "list") == (0, [])


def test_a_reviewed_order_that_is_rejected_is_never_sent(stack: Stack, enqueuer: Enqueuer) -> None:
    """It ends with a code of its own."""
    _in_review(stack, enqueuer, "REVIEW-2", "198.51.100.2")
    assert cli(stack, "risk", "review", "reject", "REVIEW-2")[0] == 0
    over = enqueuer.wait("REVIEW-2", 60)
    assert (over.state, over.reason) == (states.REJECTED, "risk_rejected")
    assert "REVIEW-2" not in stack.charges()


def test_who_has_decided_is_in_the_audit_trail(stack: Stack) -> None:
    """Written down before it is done, so an order that nobody has is there too."""
    assert [cli(stack, "risk", "review", word, "NOBODYS-1")[0] for word in ("approve", "reject")] == [66, 66]
    told = cli(stack, "audit", "list", "--limit", "2")[1]
    assert [(line["action"], line["subject"]) for line in told] == [
        ("review.reject", "NOBODYS-1"), ("review.approve", "NOBODYS-1"),
    ]  # fmt: skip


def test_an_order_in_review_can_be_called_back(stack: Stack, enqueuer: Enqueuer) -> None:
    """As any that is not sent yet, and no decision brings it back."""
    _in_review(stack, enqueuer, "REVIEW-3", "198.51.100.3")
    enqueuer.cancel("REVIEW-3")
    assert enqueuer.wait("REVIEW-3", 60).state == states.CANCELLED
    assert cli(stack, "risk", "review", "approve", "REVIEW-3")[0] == 75
    assert "REVIEW-3" not in stack.charges()


def test_a_worker_without_rules_leaves_a_review_alone(stack: Stack, enqueuer: Enqueuer, tmp_path: Path) -> None:
    """It cannot know whether somebody has decided."""
    rules = {"RISK_FILE": "", "CARD_ID_KEY_FILE": ""}
    with Stack(
        tmp_path, settings=risk_settings(tmp_path / "rules", f'on_timeout = "expire"\nreview_s = {REVIEW_S}\n{RULES}')
    ) as own:
        judging = own.worker()
        with own.enqueuer() as service:
            _in_review(own, service, "REVIEW-4", "198.51.100.4")
            judging.kill()
            judging.wait()
            own.worker(env=rules)
            _left(own, "REVIEW-4")
            assert "REVIEW-4" not in own.charges()
            own.kill_workers()
            own.worker()
            over = service.wait("REVIEW-4", 60)
            assert (over.state, over.reason) == (states.EXPIRED, "risk_review_over")
            assert "REVIEW-4" not in own.charges()


def test_the_rules_are_listed_with_what_they_met(stack: Stack, enqueuer: Enqueuer) -> None:
    """By the ledger's count, over all workers."""
    charge(enqueuer, "LIST-1", customer="one", pan=PANS[2])
    charge(enqueuer, "LIST-2", customer="two", pan=PANS[2])
    enqueuer.wait("LIST-1", 60), enqueuer.wait("LIST-2", 60)
    _, lines = cli(stack, "risk", "rules")
    by_name = {line["rule"]: line for line in lines}
    assert by_name["many_customers"]["acted"] >= 1
    assert (by_name["sudden_volume"]["mode"], by_name["sudden_volume"]["met"]) == ("shadow", 0)


def test_a_backtest_of_the_archive_finds_what_was_found_live(tmp_path: Path) -> None:
    """Over the same orders, rule by rule; and of each rule it knows how many were declined."""
    settings = risk_settings(tmp_path / "rules", SHADOW, COUNTRIES)
    with Stack(tmp_path / "stack", settings=settings) as own, own.enqueuer() as service:
        own.worker()
        _trade(own, service, random.Random(7), 40)
        events = list(_events(service))
        with upgraded(archive_settings(tmp_path, None)) as archive, archive.writing() as connection:
            connection.execute(insert(EVENTS), [_archived(at, event) for at, event in events])
        own.env["ARCHIVE_URL"] = f"sqlite:///{tmp_path}/archive.sqlite3"
        days = sorted(event.time.date().isoformat() for _, event in events)  # two, if midnight came in between
        code, lines = cli(own, "risk", "backtest", "--from", days[0], "--to", days[-1])
    *rules, total = lines
    assert (code, total["orders"], total["agreed"], total["not_judged"]) == (0, 40, 40, 0)
    met = {line["rule"]: line for line in rules if line["hits"]}
    assert {"failed_attempts", "many_cards", "many_customers", "card_testing", "unusual_geography", "odd_hours"} == {
        *met
    }
    assert met["failed_attempts"]["declined"] + met["failed_attempts"]["approved"] == met["failed_attempts"]["hits"]


def _in_review(stack: Stack, enqueuer: Enqueuer, order_id: str, ip: str) -> None:
    """An order from an address of which one attempt has failed."""
    charge(enqueuer, f"{order_id}-first", customer_ip=ip, pan=DECLINED_PAN)
    assert enqueuer.wait(f"{order_id}-first", 60).state == states.DECLINED
    learnt(stack)
    charge(enqueuer, order_id, customer_ip=ip)
    reviewed(stack, order_id)


def _left(stack: Stack, order_id: str) -> None:
    eventually(lambda: "risk_file_missing" in row(stack, order_id)["history"], f"{order_id} was given back")


def _trade(stack: Stack, enqueuer: Enqueuer, draw: random.Random, orders: int) -> None:
    """Orders one after the other, each known to the counters before the next."""
    for number in range(orders):
        fields: dict[str, Any] = {
            **CARD,
            "pan": draw.choice((*PANS, DECLINED_PAN)),
            "customer": draw.choice(("ona", "jonas", "rasa")),
            "customer_ip": draw.choice(("192.0.2.7", "192.0.2.200", "2001:db8::7")),
            "amount": draw.choice(("1.00", "1.00", "25.50", "450.00")),
        }
        charge(enqueuer, f"TRADE-{number}", **fields)
        enqueuer.wait(f"TRADE-{number}", 60)
        learnt(stack)


def _events(enqueuer: Enqueuer) -> Iterator[tuple[Position, Any]]:
    yield from enqueuer.events(after="0", idle_s=0.2)


def _archived(position: Position, event: Any) -> dict[str, Any]:
    body = encode(event).decode()
    assert decode(body.encode()) == event
    at_ms = round(event.time.timestamp() * 1000)
    kind = type(event).__struct_config__.tag
    return {
        "event_id": event.id,
        "position": position,
        "type": kind,
        "subject": event.subject,
        "at_ms": at_ms,
        "body": body,
    }


def test_the_commands_of_the_document_succeed(commands: Commands, tmp_path: Path) -> None:
    """Those of `docs/risk.md`, in their order, with the rules that stand there."""
    (rules,) = fenced("docs/risk.md", "toml")
    (block,) = fenced("docs/risk.md", "sh")
    with Stack(tmp_path / "stack", settings=risk_settings(tmp_path / "rules", rules)) as own:
        own.worker()
        told = ""
        for line in block.splitlines():
            argv = shlex.split(line)
            assert argv.pop(0) == "cardinity"
            ran = commands.run(*argv, env=own.env, cwd=tmp_path, stdin=json.dumps(CARD))
            assert ran.code == 0, f"{line}\n{ran.out}{ran.err}"
            told += ran.out
    assert "many_cards: live, review, met 0 times" in told
    assert "RISK-1: allow" in told
