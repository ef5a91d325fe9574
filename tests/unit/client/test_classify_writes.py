"""Every write is classified by the same rules: believed when it is what was asked, and never with optimism."""

from typing import Any, assert_never

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client import (
    AccountProblem,
    Approved,
    Declined,
    Done,
    Pending,
    RateLimited,
    Refund,
    Rejected,
    Unknown,
    Unsent,
)
from cardinity_client.answers import AnyAnswer, Decision, LinkAnswer
from cardinity_client.attempt import Phase
from cardinity_client.classify import classify_failure, classify_response
from cardinity_client.operations import CREATE_LINK, CREATE_REFUND, OPERATIONS
from tests.unit.client.builders import JSON, PAYMENT_ID, encoded, error_row
from tests.unit.client.test_classify_totality import BODIES, JSON_VALUES
from tests.unit.client.writes import BY_NAME, WRITES, Write

#: What the gateway may say to what a bank decides, and what that means, by HTTP status and state.
DECISIONS: dict[tuple[int, str], type[Any]] = {
    (200, "approved"): Approved,
    (201, "approved"): Approved,
    **{(status, state): Pending for status in (200, 201, 202) for state in ("pending", "processing")},
    (402, "declined"): Declined,
}
FOLLOW_UPS = {pair: kind for pair, kind in DECISIONS.items() if pair[1] != "pending"}
KEPT: dict[tuple[int, str], type[Any]] = {(200, "kept"): Done, (201, "kept"): Done}
#: The same for every operation.
ENDS: dict[str, dict[tuple[int, str], type[Any]]] = {
    "create_payment": {pair: kind for pair, kind in DECISIONS.items() if pair[0] != 200},
    "finalize_payment": DECISIONS,
    **dict.fromkeys(("create_refund", "create_settlement", "create_void"), FOLLOW_UPS),
    **dict.fromkeys(("create_payment_link", "update_payment_link"), KEPT),
    "delete_payment_link": {(200, "deleted"): Done},
}
STATES = ("approved", "declined", "pending", "processing", "kept", "deleted")
FAILURES: dict[int, type[Any]] = {
    **dict.fromkeys((400, 404, 405, 406, 415), Rejected),
    **dict.fromkeys((401, 403), AccountProblem),
    429: RateLimited,
}
each_write = pytest.mark.parametrize("write", WRITES, ids=lambda write: write.label)


def classified(write: Write, status: int, body: bytes) -> AnyAnswer:
    answer: AnyAnswer = classify_response(write.operation, write.asked, status, JSON, body)
    return answer


def in_state(write: Write, state: str) -> bytes:
    """The answer's body in that state."""
    return write.body(**({"deleted": state == "deleted"} if state in ("kept", "deleted") else {"status": state}))


def test_every_operation_is_here() -> None:
    """The tables of the tests have a row for each operation."""
    assert [*BY_NAME] and {operation.name for operation in OPERATIONS} == BY_NAME.keys() == ENDS.keys()


def told(answer: Decision[Refund] | LinkAnswer) -> str:
    """Every end, matched as whoever uses the client does: mypy finds one that is missing."""
    match answer:
        case Approved(refund) | Declined(refund) | Pending(refund):
            return refund.payment_id
        case Done(link):
            return link.url
        case Rejected(status) | AccountProblem(status):
            return str(status)
        case RateLimited(retry_after_s):
            return str(retry_after_s)
        case Unsent(reason) | Unknown(reason):
            return reason
        case _:
            assert_never(answer)


def test_the_ends_of_writes_are_closed() -> None:
    """Refunds and links end in their own resource, or in a failure that all writes share."""
    refund, link = BY_NAME["create_refund"], BY_NAME["create_payment_link"]
    assert told(classify_response(CREATE_REFUND, refund.asked, 201, JSON, refund.body())) == PAYMENT_ID
    assert told(classify_response(CREATE_LINK, link.asked, 201, JSON, link.body())) == link.row["url"]
    assert told(classify_response(CREATE_REFUND, refund.asked, 500, JSON, b"")) == "http_5xx"
    assert told(classify_failure(ValueError(), Phase.QUEUED)) == "client_fault"


@each_write
def test_what_was_asked_for_is_believed(write: Write) -> None:
    """Each pair of HTTP status and state means what the table says; every other pair contradicts itself."""
    ends = ENDS[write.name]
    is_link = "link" in write.name
    for status in {status for status, _ in ends}:
        for state in STATES[4:] if is_link else STATES[:4]:
            answer = classified(write, status, in_state(write, state))
            if (status, state) in ends:
                assert type(answer) is ends[status, state]
                assert not isinstance(answer, Unknown)
            else:
                unseen = state == "pending" and ends is FOLLOW_UPS
                reason = "status_unseen" if unseen else "status_contradicts"
                assert answer == Unknown(reason, status, alarm=not unseen)


@pytest.mark.parametrize(
    ("write", "reason"),
    [(write, reason) for write in WRITES for reason in write.mismatches],
    ids=lambda value: value if isinstance(value, str) else value.label,
)
def test_the_answer_to_something_else_is_unknown(write: Write, reason: str) -> None:
    """An object of another parent, amount, currency or reference is never believed, and calls a human."""
    for status, state in ENDS[write.name]:
        changes = write.mismatches[reason]
        told = {"deleted": True} if state == "deleted" else {"status": state} if state != "kept" else {}
        assert classified(write, status, write.body(**told, **changes)) == Unknown(reason, status, alarm=True)


@each_write
@pytest.mark.parametrize("status", sorted(FAILURES))
def test_the_gateways_refusals_mean_the_same_to_all(write: Write, status: int) -> None:
    """With the gateway's own error object nothing came of it; without, nobody knows."""
    assert type(classified(write, status, encoded(error_row(status)))) is FAILURES[status]
    if status not in (401, 403):
        assert type(classified(write, status, b"<html>")) is Unknown
    assert type(classified(write, status, write.body())) is Unknown


@each_write
def test_every_status_and_body_has_an_answer(write: Write) -> None:
    """Every status from 100 to 599 with every body ends as the tables allow; what has no row is unknown."""
    for status in range(100, 600):
        allowed = {kind for (code, _), kind in ENDS[write.name].items() if code == status}
        allowed |= {Unknown, FAILURES.get(status, Unknown)}
        for body in (*BODIES.values(), write.body()):
            assert type(classified(write, status, body)) in allowed


@each_write
def test_an_odd_status_is_unknown_whatever_comes_with_it(write: Write) -> None:
    """Even with the right object in its body a status without a row says nothing."""
    for status in {*range(100, 600)} - {*FAILURES} - {status for status, _ in ENDS[write.name]}:
        assert classified(write, status, write.body()) == Unknown(f"http_{status // 100}xx", status, alarm=False)


@given(
    write=st.sampled_from(WRITES),
    status=st.sampled_from([200, 201, 202, 402]),
    changes=st.dictionaries(
        st.sampled_from(
            ["id", "parent_id", "amount", "currency", "type", "status", "created", "live", "url", "enabled"]
        ),
        JSON_VALUES,
        min_size=1,
    ),
)
def test_any_change_to_an_object_has_an_answer(write: Write, status: int, changes: dict[str, object]) -> None:
    """Whatever stands in an object's members, nothing is raised and no refusal is made of it."""
    answer = classified(write, status, write.body(**changes))
    assert isinstance(answer, Approved | Declined | Pending | Done | Unknown)


@given(write=st.sampled_from(WRITES), status=st.sampled_from([200, 201, 202, 400, 402, 404, 429]), body=st.binary())
def test_any_bytes_are_unknown(write: Write, status: int, body: bytes) -> None:
    """No bytes look like a verdict."""
    assert isinstance(classified(write, status, body), Unknown)
