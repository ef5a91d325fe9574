"""Handing on what a customer's bank answered: from the form that its page posts to the ledger's call. Pure; no I/O.

The bank's page posts `cres` and `threeDSSessionData` (version 2) or `PaRes` and `MD` (version 1) through the customer's
browser, to wherever the shop said. The session of the shop may be gone by then, so the second field carries the order:
`challenge_form` writes it, `read_callback` reads it. Both come from a browser: nothing of them is believed but by the
gateway, and they name no more than an order. With a key the name is sealed (`contract.sessions`), so that a door which
is open to everybody takes answers of customers alone.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from cardinity_client.secret import Secret
from producers.acceptance import Order, order_of
from producers.contract import states
from producers.contract.continuation import Answer, ContinuationV2, read_answer
from producers.contract.fields import Refusal, is_absent, read_order_id
from producers.contract.sessions import read_session, session_of
from producers.errors import FieldError, InvalidCommand, NotFinalizable, OrderUnknown
from producers.runtime.ledger import calls
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.results import NotTaken, Taken
from producers.runtime.queue import Enqueue, WakeUp, enqueue

#: Answers kept per order at the most. A customer has one per step; the rest is for forged ones that came first.
ANSWERS_MAX: Final = 8
#: Wake-up calls that an answer places are numbered from here, out of reach of those that the sweeper numbers.
WAKE_FROM: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Callback:
    """What the bank's page posted, and of which order."""

    order_id: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class ChallengeForm:
    """A form for the customer's browser to post: where to, and its fields."""

    action: str
    fields: Mapping[str, str]


def challenge_form(order: Order, *, term_url: str = "", key: Secret[bytes] | None = None) -> ChallengeForm | None:
    """The form that takes the customer to the bank; None when the order waits for no customer.

    Version 2 comes back to the `notification_url` of the charge, version 1 to `term_url`. With `key`, an enqueuer's
    `session_key`, it may come back to the door of `cardinity http`.
    """
    step = order.continuation
    if step is None:
        return None
    session = order.order_id if key is None else session_of(order.order_id, key)
    if isinstance(step, ContinuationV2):
        encoded = base64.urlsafe_b64encode(session.encode()).decode().rstrip("=")
        return ChallengeForm(step.acs_url, {"creq": step.creq, "threeDSSessionData": encoded})
    return ChallengeForm(step.url, {"PaReq": step.data, "TermUrl": term_url, "MD": session})


def read_callback(form: Mapping[str, str], *, key: Secret[bytes] | None = None) -> Callback:
    """The answer in the form that the bank's page has posted, and the order that it is for; with `key`, only of a form
    that `challenge_form` made with the same.

    Raises:
        InvalidCommand: it is no such form.
    """
    read = read_order_id if key is None else partial(read_session, key=key)
    if is_absent(form.get("cres")):
        answer, name, session = read_answer(pares=form.get("PaRes")), "MD", form.get("MD")
    else:
        answer, name, session = read_answer(cres=form.get("cres")), "threeDSSessionData", _decoded(form)
    try:
        return Callback(read(session), answer)
    except Refusal as refusal:
        raise InvalidCommand([FieldError(name, refusal.code, refusal.message)]) from None


def no_step(order: Order) -> NotFinalizable:
    """Why there is nothing that a customer could answer. Of an order that another goes on for, that one may wait."""
    if order.successor and order.state == states.PENDING:
        message = f"the order goes on as {order.successor}: ask for that one's step, and answer that"
        return NotFinalizable("finalize_goes_on", message, order.order_id, order.state)
    message = f"the order is {order.state} and waits for no customer"
    return NotFinalizable("finalize_no_step", message, order.order_id, order.state)


@dataclass(frozen=True, slots=True)
class Finalizing:
    """An answer ready to be kept: the call, and what its end means."""

    order_id: str
    call: Call[Taken | NotTaken]

    def told(self, end: Taken | NotTaken) -> Order:
        """The order as it stands. One that has ended takes answers and needs none: pages are posted twice.

        Raises:
            OrderUnknown: there is no such order.
            NotFinalizable: it does not wait for this answer.
        """
        if end.record is None:
            raise OrderUnknown(self.order_id)
        order = order_of(end.record)
        if isinstance(end, Taken) or order.state in (states.APPROVED, states.DECLINED) or order.reason == states.HELD:
            return order
        name, state = order.order_id, order.state
        match end.why:
            case "other_version":
                message = "the order waits for the answer of the other version of 3-D Secure"
                raise NotFinalizable("finalize_other_version", message, name, state)
            case "too_many":
                raise NotFinalizable("finalize_too_many", "the order was answered too often", name, state)
            case _:
                raise no_step(order)

    def wake_ups(self, end: Taken | NotTaken, now_s: float) -> tuple[Enqueue, ...]:
        """What wakes a worker for it."""
        if isinstance(end, NotTaken):
            return ()
        return (enqueue([WakeUp(self.order_id, int(now_s * 1000), WAKE_FROM + end.number)]),)


def prepare_finalize(order_id: str, *, cres: object = None, pares: object = None) -> Finalizing:
    """Check the answer and lay out the call.

    Raises:
        InvalidCommand: it is nothing that a bank's page posts.
        OrderUnknown: nothing is called that.
    """
    answer = read_answer(cres=cres, pares=pares)
    try:
        name = read_order_id(order_id)
    except Refusal:
        raise OrderUnknown(order_id) from None
    return Finalizing(name, calls.finalize(name, answer.kind, answer.text, answers_max=ANSWERS_MAX))


def _decoded(form: Mapping[str, str]) -> str:
    """What stands in `threeDSSessionData`, which is base64url; empty when it is not."""
    text = form.get("threeDSSessionData", "")
    if len(text) > 256 or not text.isascii():
        return ""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
