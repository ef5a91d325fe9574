"""What `status` makes of the ledger's answers."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from cardinity_client.money import Money
from producers.runtime.archive_stats import ArchiveStats
from producers.runtime.ledger.operation_calls import Said
from producers.runtime.ledger_stats import LedgerStats, Renewals
from producers.runtime.reconcile_stats import ReconcileStats
from producers.runtime.webhook_stats import WebhookStats
from workers.cli.status.rows import record_of, rows_of
from workers.operations.board import QueueBoard, board_of, questions
from workers.resolver.journal import Journal, Stretch

STATS = LedgerStats(
    orders={"unknown": 2},
    queue_depth={"payments": 5, "payments.XQ": 1, "payments_batch": 7, "payments_batch.XQ": 0},
    queue_age_s={"payments": 0.5, "payments_batch": 60.0},
    oldest_age_s={"unknown": 61.5},
    oldest={"unknown": "ORD-1"},
    money_minor={("unknown", "USD"): 100, ("unknown", "EUR"): 1250, ("unknown", "GBP"): 0, ("parked", "EUR"): 1},
    mirror_lag_s={"default": 0.5},
    send_credits={"default": 60},
    renewals=Renewals(last_run_age_s=12.5, unaccounted=3, periods={"charged": 7}, declines={"unknown": 1}),
    archive=ArchiveStats(lag_events=4, lag_s=2.5, events=100, rows=250, unread=1, failures=2),
    reader_lag_s={"risk": 90.0, "audit": 0.5},
    reconciled=ReconcileStats(age_s=float("inf"), differences={}),
    open_holds={("default", "open"): 3, ("default", "expiring"): 1},
    webhooks={"shop": WebhookStats(delivered=9, failed=2, waiting=3, oldest_age_s=1.5, disabled=1)},
)
JOURNAL = msgspec.json.encode(Journal((Stretch(0, 900),), ("p-1",), (900,), holes=2))
ENDED = [(b"9000-0", {b"id": b"A-1:approved"}), (b"8000-0", {b"id": b"A-1:accepted"})]
WORDS = {b"queue:payments": b'{"at_ms":1,"by":"ona@host","because":"deploy"}', b"account:default": b"no word of ours"}
LEADS = [b"token", None, b"token"]
ALARM = (b"7000-0", {b"order_id": b"ORD-7", b"state": b"approved", b"payment_id": b"p-7", b"at": b"7000"})
REPLIES = ([b"host-1-ab", b"9000", b"host-2-cd", b"4000"], 1, 2, 1, [ALARM], 4, ENDED, WORDS, *LEADS, JOURNAL)
TOLD = [b'{"default":"open"}', None]


def test_every_question_has_its_answer() -> None:
    """The replies are read in the order in which the questions were asked."""
    assert len(questions(("default",), 10_000)) == len(REPLIES)
    board = board_of(STATS, REPLIES, TOLD, ("default",), 10_000)
    assert [(worker.name, worker.seen_s) for worker in board.workers] == [("host-1-ab", 1.0), ("host-2-cd", 6.0)]
    assert (board.overdue, board.alarms, board.quarantined, board.holes) == (3, 1, 4, {"default": 2})
    assert board.queues == (QueueBoard("payments", 5, 1, 0.5), QueueBoard("payments_batch", 7, 0, 60.0))
    assert board.outcomes.per_minute == {"approved": 1}
    assert board.duties == {"sweeper": True, "splits": False, "resolver-default": True}
    assert board.breakers == {"default": {"host-1-ab": "open"}}
    assert board.paused_queues == {"payments": Said(1, "ona@host", "deploy")}


def test_money_in_doubt_is_told_by_currency() -> None:
    """Sums are per state and currency, in its own decimals; nothing is told of currencies without any."""
    board = board_of(STATS, REPLIES, TOLD, ("default",), 10_000)
    assert board.money("unknown") == (Money(1250, "EUR"), Money(100, "USD"))


def test_a_mirror_that_never_read_has_no_holes() -> None:
    """Before the first read there is no journal."""
    assert board_of(STATS, (*REPLIES[:-1], None), TOLD, ("default",), 10_000).holes == {"default": 0}


def test_what_an_operator_must_see_stands_on_one_screen() -> None:
    """What is paused and by whom, where a breaker is not closed, and which duty nobody does."""
    rows = dict(rows_of(board_of(STATS, REPLIES, TOLD, ("default",), 10_000), presence_s=5.0))
    assert rows["queue payments"].endswith("PAUSED by ona@host: deploy, since 1970-01-01T00:00:00.001Z")
    assert rows["account default"] == "breaker not closed in 1 of 2 workers: host-1-ab open"
    assert rows["duties"] == "nobody does splits"
    assert rows["outcomes"] == "1 in a minute: 1 approved"
    assert ", oldest 61.5 s (ORD-1), " in rows["  unknown"]
    assert rows["alarms"] == "1 contradictions, the last of ORD-7 at 1970-01-01T00:00:07.000Z, 4 messages in quarantine"
    assert rows["readers"] == "risk 90.0 s behind"
    assert len(rows) < 23


@pytest.mark.parametrize(
    ("problems", "ask"), [(("redis_not_durable",), "doctor"), (("redis_evicts", "ledger_lockdown"), "recover plan")]
)
def test_why_nothing_is_sent_stands_first(problems: tuple[str, ...], ask: str) -> None:
    """A ledger that has forgotten shows noughts otherwise, and looks well."""
    board = replace(board_of(STATS, REPLIES, TOLD, ("default",), 10_000), problems=problems)
    name, text = next(iter(rows_of(board, presence_s=5.0)))
    assert (name, text) == ("ledger", f"NOTHING IS SENT: {', '.join(problems)}; ask `cardinity {ask}`")
    assert record_of(board, presence_s=5.0)["ledger_problems"] == list(problems)


def test_programs_are_told_the_same() -> None:
    """A word that is not one of ours names nobody."""
    record = record_of(board_of(STATS, REPLIES, TOLD, ("default",), 10_000), presence_s=5.0)
    assert record["accounts"] == [{"account": "default", "paused": None, "breakers": {"host-1-ab": "open"}}]
    assert record["outcomes_per_minute"] == {"approved": 1}
