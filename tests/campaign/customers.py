"""The customers of a run: each answers the bank as soon as the shop has sent it there, or pays on the page of a link.

Like the merchant they believe only what they are told, and try again for as long as nobody answers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from producers.enqueue import Enqueuer
from producers.errors import ProducerError
from tests.campaign import forms
from tests.campaign.fire import Fire
from tests.campaign.shoppers import has_acted

#: Seconds between two looks whether somebody is needed.
LOOK_S = 0.1
#: What the sandbox's bank posts for a customer who passes.
PASSED = "3ds2-pass"


class Customers(threading.Thread):
    """Acts for every order whose form needs a customer, until all have ended or the run has."""

    def __init__(self, fire: Fire) -> None:
        super().__init__(name="customers", daemon=True)
        self._fire = fire
        self._asked = fire.plan.of_form(forms.ASKED)
        self._linked = fire.plan.of_form(forms.LINK)
        self.gone = threading.Event()

    def run(self) -> None:
        """Look, answer, look again."""
        enqueuer: Enqueuer | None = None
        while (self._asked or self._linked) and not self.gone.wait(LOOK_S):
            try:
                enqueuer = enqueuer or self._fire.stack.enqueuer()
            except ProducerError:
                continue  # the ledger is away
            self._asked = [order_id for order_id in self._asked if not _ended(enqueuer, order_id)]
            self._linked = [each for each in self._linked if not has_acted(self._fire.stack, enqueuer, each)]
        if enqueuer:
            enqueuer.close()


@contextmanager
def answering(fire: Fire) -> Iterator[None]:
    """Customers answer while this lasts."""
    customers = Customers(fire)
    customers.start()
    try:
        yield
    finally:
        customers.gone.set()
        customers.join()


def _ended(enqueuer: Enqueuer, order_id: str) -> bool:
    try:
        return enqueuer.finalize(order_id, cres=PASSED).final
    except ProducerError:
        return False  # not there, not asked, or nobody answers: later
