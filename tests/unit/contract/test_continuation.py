"""Steps of 3-D Secure and answers to them: what is kept of each, and by which names they are told apart."""

from __future__ import annotations

import pytest

from cardinity_client import Money
from producers import Order, challenge_form, read_callback
from producers.contract import states
from producers.contract.continuation import (
    Answer,
    Continuation,
    ContinuationV1,
    ContinuationV2,
    continuation_from,
    mark_of,
    read_answer,
    written,
)
from producers.contract.events import decode, encode, payment_event
from producers.errors import EventError
from workers.payments.answers import Named, next_answer

V2 = ContinuationV2("https://acs.example/2", "eyJjcmVxIjoxfQ")
V1 = ContinuationV1("https://acs.example/1", "eJxVUk")


def an_order(step: Continuation | None) -> Order:
    return Order("ORD-1", "pending", Money(1000, "EUR"), "default", 1, 2, continuation=step)


def pending(step: Continuation, *, further: bool) -> bytes:
    return encode(
        payment_event(
            state=states.PENDING,
            order_id="ORD-1",
            attempt_ref="ORD-1",
            account="default",
            producer="shop",
            amount=Money(1000, "EUR"),
            time_ms=1_768_471_200_123,
            continuation=step,
            further_step=further,
        )
    )


@pytest.mark.parametrize("step", [V2, V1], ids=["v2", "v1"])
def test_a_step_is_kept_as_it_is(step: Continuation) -> None:
    """What the ledger keeps reads as what was written."""
    assert continuation_from(written(step)) == step


@pytest.mark.parametrize("step", [V2, V1], ids=["v2", "v1"])
def test_a_further_step_is_another_event_and_the_same_one_is_not(step: Continuation) -> None:
    """The id follows from the step: told twice it is one event, and no other step has it."""
    first, further = decode(pending(step, further=False)), decode(pending(step, further=True))
    assert (first.id, further.id) == ("ORD-1:pending", f"ORD-1:pending:{mark_of(written(step))}")
    assert decode(pending(step, further=True)).id == further.id


def test_an_event_whose_id_is_of_another_step_is_none_of_ours() -> None:
    """Id and data must agree."""
    data = pending(V2, further=True).replace(mark_of(written(V2)).encode(), mark_of(written(V1)).encode())
    with pytest.raises(EventError):
        decode(data)


def test_the_form_to_the_bank_brings_the_order_back() -> None:
    """What the bank's page posts names the order, in the field that its version has for that."""
    form = challenge_form(an_order(V2))
    assert form is not None
    assert (form.action, form.fields["creq"]) == (V2.acs_url, V2.creq)
    posted = {"cres": "eyJjcmVzIjoxfQ", "threeDSSessionData": form.fields["threeDSSessionData"]}
    callback = read_callback(posted)
    assert (callback.order_id, callback.answer) == ("ORD-1", Answer("cres", "eyJjcmVzIjoxfQ"))


def test_version_1_brings_it_back_by_its_own_field() -> None:
    """MD, beside the address that the answer goes to."""
    form = challenge_form(an_order(V1), term_url="https://shop.example/3ds")
    assert form is not None
    assert dict(form.fields) == {"PaReq": V1.data, "TermUrl": "https://shop.example/3ds", "MD": "ORD-1"}
    callback = read_callback({"PaRes": "eJx\r\nVUk=", "MD": "ORD-1"})
    assert (callback.order_id, callback.answer) == ("ORD-1", Answer("pares", "eJxVUk="))


def test_an_order_that_asks_nobody_has_no_form() -> None:
    """There is nowhere to go."""
    assert challenge_form(an_order(None)) is None


def test_the_earliest_answer_to_the_step_that_is_due_is_next() -> None:
    """Answers to other steps and those that were used up are left out."""
    text, mark, other = written(V2), mark_of(written(V2)), mark_of(written(V1))
    given = {
        f"{mark}-b".encode(): b"10 cres second",
        f"{mark}-a".encode(): b"9 cres first",
        f"{mark}-c".encode(): b"1 cres used",
        f"{other}-d".encode(): b"2 pares elsewhere",
    }
    assert next_answer(text, given, f"{mark}-c") == Named(f"{mark}-a", read_answer(cres="first"))
    assert next_answer(text, given, " ".join(name.decode() for name in given)) is None
    assert next_answer(b"", given, "") is None
