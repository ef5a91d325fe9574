"""The merchant's side of a run: accepts the orders at a steady pace, and repeats a call for as long as nobody answers.

It is a client like any other and believes only what it is told: an order counts as accepted once a call said so.
"""

from __future__ import annotations

import signal
import subprocess
import threading
import time
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from producers.contract import names
from producers.contract.commands import parse_charge
from producers.enqueue import Enqueuer
from producers.errors import LedgerLockdown, LedgerUnavailable, ProducerError, QueueFull
from tests.campaign import forms
from tests.campaign.fire import Fire
from tests.campaign.following import kind_of
from tests.campaign.points import PLACES, blow
from tests.campaign.wishes import asked_wish, held_wish, link_wish, lost_wish, wish
from tests.eventually import awaited

#: Seconds until a call that was not answered is repeated.
AGAIN_S = 0.2
#: Seconds in which all orders of a run arrive, and how many arrive per second at the most: the load is not the fault.
ARRIVAL_S, PER_SECOND_MAX = 10.0, 100.0
#: Seconds a lost producer is waited for.
LOST_WITHIN_S = 20.0
#: What a producer calls for an order of that kind.
CALLS = {"": "charge", names.LINK: "link", names.REFUND: "refund", names.SETTLEMENT: "settle", names.VOID: "void"}
#: The fields of a charge of each form.
WISHES = {"": wish, forms.ASKED: asked_wish, forms.TWO_PHASE: held_wish}
#: Seconds for which a link lives that nobody pays, and one that somebody does: it must end within the run all the same,
#: for others may push its payment out of the list unseen.
UNPAID_S, PAID_S = 10.0, 30.0
#: What a third of the charges are accepted under, so that both queues are under fire.
BATCH = "nightly"
POINT_OF = {place: point for point, place in PLACES.items()}


def is_of_batch(order_id: str) -> bool:
    """Whether nobody waits for that order."""
    return zlib.crc32(order_id.encode()) % 3 == 0


class Feed(threading.Thread):
    """Runs until every order is accepted, the ledger is locked, or the run gives up on it."""

    def __init__(self, fire: Fire, lasts_s: float = ARRIVAL_S) -> None:
        super().__init__(name="feed", daemon=True)
        self._fire = fire
        self._lasts_s = lasts_s
        self._enqueuer: Enqueuer | None = None
        self._lost: list[threading.Thread] = []
        self._guard = threading.Lock()
        self.given_up = threading.Event()
        #: Orders whose accept was confirmed.
        self.accepted: set[str] = set()
        #: Set when the ledger said that it must not be trusted.
        self.locked = False
        self.errors: list[str] = []

    def run(self) -> None:
        """Accept everything."""
        plan = self._fire.plan
        pause_s = max(self._lasts_s / max(1, len(plan.orders)), 1 / PER_SECOND_MAX)
        for order_id in plan.orders:
            if order_id in plan.lost_producers:
                self._lost.append(threading.Thread(target=self._lose, args=(order_id,), daemon=True))
                self._lost[-1].start()
            else:
                self._place(order_id)
            if self.locked or self.given_up.wait(pause_s):
                break
        for thread in self._lost:
            thread.join()
        if self._enqueuer:
            self._enqueuer.close()

    def _place(self, order_id: str) -> None:
        if kind := kind_of(order_id):
            self._insist(self._fire.parents.fields(order_id, self._client()), kind)
            return
        form = self._fire.plan.forms.get(order_id, "")
        if form == forms.LINK:
            self._insist(link_wish(order_id, _end_of(order_id)), names.LINK)
            return
        self._insist(WISHES[form](order_id))
        if order_id in self.accepted:
            self._fire.parents.accepted(order_id)

    def _insist(self, fields: Mapping[str, object], kind: str = "") -> None:
        """Call again until there is an answer; what the answer may be is the caller's contract."""
        while not self.given_up.is_set() and not self.locked:
            try:
                self._accept(fields, kind)
            except (LedgerUnavailable, QueueFull):
                self.given_up.wait(AGAIN_S)
            except LedgerLockdown:
                self.locked = True
            except ProducerError as error:
                self.errors.append(f"{fields['order_id']}: accept answered {error.code}")
                return
            else:
                self.accepted.add(str(fields["order_id"]))
                return

    def _accept(self, fields: Mapping[str, object], kind: str) -> None:
        client = self._client()
        if kind or not is_of_batch(str(fields["order_id"])):
            getattr(client, CALLS[kind])(**fields)
            return
        charge = parse_charge(fields, now_ms=int(time.time() * 1000), mode="test")
        (answer,) = client.charge_many([charge], batch=BATCH)
        if isinstance(answer, Exception):
            raise answer

    def _client(self) -> Enqueuer:
        with self._guard:
            if self._enqueuer is None:
                self._enqueuer = self._fire.stack.enqueuer()
            return self._enqueuer

    def renew(self) -> None:
        """Use a fresh client from the next call on: its keys have changed."""
        with self._guard:
            self._enqueuer = None

    def _lose(self, order_id: str) -> None:
        """Let a process accept the order and be lost on the way; then its caller repeats the call here."""
        place, how = self._fire.plan.lost_producers[order_id]
        stack = self._fire.stack
        marker = stack.directory / f"lost-{order_id}"
        producer = stack.module("tests.chaos.producer", order_id, place, how, str(marker))
        awaited(
            lambda: marker.exists() or producer.poll() is not None or self.given_up.is_set(), within_s=LOST_WITHIN_S
        )
        if marker.exists():
            self._fire.hit(blow(POINT_OF[place], how))
        self._insist(lost_wish(order_id))
        if how == "STOP":
            producer.send_signal(signal.SIGCONT)
        try:
            producer.wait(LOST_WITHIN_S)
        except subprocess.TimeoutExpired:
            producer.kill()


def _end_of(order_id: str) -> datetime:
    """When the link of this order ends."""
    lives_s = UNPAID_S if forms.paying_of(order_id) == forms.NEVER_PAYS else PAID_S
    return datetime.now(UTC) + timedelta(seconds=lives_s)
