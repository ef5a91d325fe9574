"""What the answer to a GET says. A failed read raises: nothing happened, and somebody may ask again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import httpx

from cardinity_client.attempt import BodyTooLarge, Phase
from cardinity_client.classify import classify_failure, error_object, require_plain_json, status_reason
from cardinity_client.errors import (
    GatewayReadError,
    ObjectNotFound,
    PaymentNotFound,
    ReadInvalid,
    ReadRefused,
    ReadUnavailable,
    ResponseInvalid,
)

T = TypeVar("T")

#: Answers that time may mend.
_PASSING: Final = frozenset({408, 429})


def payment_absent(status: int) -> ObjectNotFound:
    """What a 404 means to who asked for a payment, or for all that follows one."""
    return PaymentNotFound("payment_not_found", "the gateway knows no such payment", status)


def object_absent(status: int) -> ObjectNotFound:
    """What a 404 means to who asked for anything else."""
    return ObjectNotFound("object_not_found", "the gateway knows no such object", status)


def read_answer(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    parse: Callable[[bytes], T],
    absent: Callable[[int], ObjectNotFound] = payment_absent,
) -> T:
    """What `parse` makes of the body of a 200. Raises a GatewayReadError subclass for anything else."""
    try:
        if status == 200:
            require_plain_json(headers)
            return parse(body)
        if status == 404:  # only the gateway's own word: a proxy's 404 says nothing of a payment
            error_object(status, headers, body)
            raise absent(status)
    except ResponseInvalid as problem:
        raise ReadInvalid(problem.code, problem.message, status) from problem
    raise _refusal(status)


def read_failure(exc: httpx.TransportError, phase: Phase) -> GatewayReadError:
    """What to raise when no whole answer came."""
    reason = classify_failure(exc, phase).reason
    if isinstance(exc, BodyTooLarge):
        return ReadInvalid(reason, "the answer is longer than any real one")
    return ReadUnavailable(reason, "the gateway could not be read")


def _refusal(status: int) -> GatewayReadError:
    if status in (401, 403):
        return ReadRefused("account_problem", "the gateway refuses this account's key", status)
    if status >= 500 or status in _PASSING:
        return ReadUnavailable(status_reason(status), "the gateway is not able to answer now", status)
    return ReadInvalid(status_reason(status), "an answer that reads do not have", status)
