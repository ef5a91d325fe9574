"""What answers to reads say: each refusal has a class of its own, by who can act."""

import httpx
import pytest

from cardinity_client import GatewayReadError, PaymentNotFound, ReadInvalid, ReadRefused, ReadUnavailable
from cardinity_client.attempt import BodyTooLarge, Phase
from cardinity_client.reading import read_answer, read_failure
from cardinity_client.wire import parse_payment
from tests.unit.client.builders import JSON, encoded, error_row, payment_row


def refusal(status: int, body: bytes = b"", headers: dict[str, str] = JSON) -> GatewayReadError:
    with pytest.raises(GatewayReadError) as caught:
        read_answer(status, headers, body, parse_payment)
    assert caught.value.http_status == status
    return caught.value


def test_a_read_gives_what_was_asked_for() -> None:
    """A 200 with a payment is that payment."""
    assert read_answer(200, JSON, encoded(payment_row()), parse_payment).order_id == "ORD-1"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_time_mends_what_is_unavailable(status: int) -> None:
    """Overload and breakdown are the class that is tried again."""
    assert type(refusal(status)) is ReadUnavailable


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_the_operators(status: int) -> None:
    """A read under a wrong key is not tried again."""
    assert type(refusal(status)) is ReadRefused


@pytest.mark.parametrize("status", [100, 201, 204, 301, 307, 400, 405, 409, 418])
def test_any_other_status_is_invalid(status: int) -> None:
    """A read has no other answers."""
    assert type(refusal(status, encoded(payment_row()))) is ReadInvalid


def test_only_the_gateway_says_not_found() -> None:
    """The gateway's 404 means there is no such payment; a proxy's 404 means nothing."""
    assert type(refusal(404, encoded(error_row(404)))) is PaymentNotFound
    assert type(refusal(404, b"<html>")) is ReadInvalid


@pytest.mark.parametrize("phase", Phase)
def test_a_lost_read_may_be_repeated(phase: Phase) -> None:
    """However far it got, a read that was lost is only unavailable: it moved no money."""
    assert type(read_failure(httpx.ReadTimeout(""), phase)) is ReadUnavailable


def test_an_endless_answer_is_not_asked_for_again() -> None:
    """An answer longer than any real one is invalid, not late."""
    assert type(read_failure(BodyTooLarge(""), Phase.HEADERS_RECEIVED)) is ReadInvalid
