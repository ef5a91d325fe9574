"""Answers of customers in the scripted ledger: the counterpart of finalize.lua, try_answer.lua and step.lua."""

from __future__ import annotations

import json
from typing import Literal

from producers.contract import states
from producers.contract.continuation import mark_of
from producers.runtime.ledger.results import Moved, NotTaken, NotYours, Taken, Trying
from producers.runtime.ledger.tombstones import record_of
from tests.simulation.ledger_rows import Row, Rows, number


class Answers(Rows):
    """What customers answered, by order and name."""

    def finalize(self, order_id: str, kind: str, answer: str, answers_max: int) -> Taken | NotTaken:
        row = self.rows.get(order_id)
        if row is None:
            stone = self.stone(order_id)
            return NotTaken("no_step", record_of(order_id, stone)) if stone else NotTaken("missing", None)
        step = row.get("continuation")
        if row["state"] != b"pending" or step is None:
            return NotTaken("no_step", self.record(order_id))
        if kind != ("cres" if json.loads(step)["version"] == 2 else "pares"):
            return NotTaken("other_version", self.record(order_id))
        name = f"{mark_of(step)}-{mark_of((kind + answer).encode())}"
        answers = self.answers.setdefault(order_id, {})
        if name not in answers:
            if len(answers) >= answers_max:
                return NotTaken("too_many", self.record(order_id))
            answers[name] = f"{len(answers) + 1} {kind} {answer}".encode()
        if name not in _used(row):
            self.due[order_id] = self.now_ms()
        return Taken(len(answers), self.record(order_id))

    def try_answer(
        self,
        order_id: str,
        token: str,
        name: str,
        turn: str,
        worker: str,
        window_ms: int,
        presence_ms: int,
        retry_ms: int,
        tries_max: int,
    ) -> Trying | NotYours:
        row = self.rows.get(order_id)
        if row is None:
            return NotYours("missing")
        state = row["state"].decode()
        if row.get("token") != token.encode() or state != states.PENDING:
            return NotYours("stale", state)
        if mark_of(row.get("continuation", b"")) != name[:16] or name in _used(row):
            return NotYours("stale", state)
        if row.get("answer_turn") == turn.encode():
            return Trying(number(row, "answer_tries") - 1)
        at = self.now_ms()
        held = number(row, "answer_until") > at and self.alive(row.get("answer_by", b"").decode(), at, presence_ms)
        self.due[order_id] = at + retry_ms
        if held:
            return NotYours("busy", state)
        tries = number(row, "answer_tries") if row.get("answer") == name.encode() else 0
        if tries >= tries_max:
            return NotYours("exhausted", state)
        row["answer"], row["answer_by"], row["answer_turn"] = name.encode(), worker.encode(), turn.encode()
        row["answer_until"], row["answer_tries"] = b"%d" % (at + window_ms), b"%d" % (tries + 1)
        return Trying(tries)

    def step(
        self,
        order_id: str,
        token: str,
        seen: str,
        name: str,
        what: Literal["used", "tried", "unsent"],
        due_ms: int,
        continuation: bytes,
        event_id: str,
        event: bytes,
    ) -> Moved | NotYours:
        row = self.rows.get(order_id)
        if row is None:
            return NotYours("missing")
        state = row["state"].decode()
        if row.get("token") != token.encode() or state != states.PENDING:
            return NotYours("stale", state)
        step = row.get("continuation")
        if continuation and step == continuation:
            if not name:
                return Moved(state)
        elif (mark_of(step) if step is not None else "") != seen:
            return NotYours("stale", state)
        at = self.now_ms()
        if further := bool(continuation) and step != continuation:
            self.emit((order_id, row), event_id, event)
        if name and row.get("answer") == name.encode():
            row["answer_until"] = b"0"
            if what == "unsent":
                row["answer_tries"] = b"%d" % max(0, number(row, "answer_tries") - 1)
        if name and what == "used" and name not in _used(row):
            row["answers_used"] = " ".join([*_used(row), name]).encode()
        if further:
            row["continuation"], row["continued_at"] = continuation, b"%d" % at
        self.due[order_id] = at + due_ms
        return Moved(state)

    def forget_answers(self, order_id: str, row: Row) -> None:
        """Nobody is asked anything any more."""
        if self.answers.pop(order_id, None):
            for field in ("answers_used", "answer", "answer_by", "answer_until", "answer_tries", "answer_turn"):
                row.pop(field, None)


def _used(row: Row) -> list[str]:
    return row.get("answers_used", b"").decode().split()
