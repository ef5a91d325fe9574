"""Wishes for a payment link: what is taken, what is refused and how; the table of refusals is at the doors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cardinity_client.money import Money
from producers.contract.envelope import Linked, open_envelope
from producers.contract.follow_ups import DESCRIPTION_LEFT, description_with, token_in, token_of
from producers.contract.links import DAYS_MAX, LinkOrder, parse_link
from producers.errors import EnvelopeError, InvalidCommand
from tests.unit.contract.builders import NOW_MS, OPENING, REGISTRY, facts, sealed

FIELDS = {"order_id": "INV-77", "amount": "40.00", "currency": "EUR", "description": "Invoice 77"}
LINK = LinkOrder("INV-77", Money(4000, "EUR"), "Invoice 77", country="LT", ends_at_ms=NOW_MS + 1000)


def at(ms: int) -> str:
    """That moment as a caller writes it."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def codes(**more: Any) -> list[tuple[str, str]]:
    """Field and code of everything that is wrong."""
    with pytest.raises(InvalidCommand) as caught:
        parse_link({**FIELDS, **more}, now_ms=NOW_MS)
    return [(error.field, error.code) for error in caught.value.errors]


def test_a_link_needs_four_fields() -> None:
    """What else it may have has a meaning when it is not given."""
    assert parse_link(FIELDS, now_ms=NOW_MS) == LinkOrder("INV-77", Money(4000, "EUR"), "Invoice 77")


def test_the_end_is_kept_to_the_millisecond() -> None:
    """As the gateway tells it back; more is cut off."""
    link = parse_link({**FIELDS, "country": "LT", "expires_at": at(NOW_MS + 1000)[:-1] + "999Z"}, now_ms=NOW_MS)
    assert link == LINK


def test_a_link_lives_within_the_gateways_limit() -> None:
    """From the next millisecond on, for ninety days and not a millisecond more."""
    limit_ms = NOW_MS + DAYS_MAX * 24 * 3600 * 1000
    for ends_at_ms in (NOW_MS + 1, limit_ms):
        assert parse_link({**FIELDS, "expires_at": at(ends_at_ms)}, now_ms=NOW_MS).ends_at_ms == ends_at_ms
    for ends_at_ms in (NOW_MS, limit_ms + 1):
        assert codes(expires_at=at(ends_at_ms)) == [("expires_at", "link_end_range")]


def test_one_order_is_one_payment() -> None:
    """A link for several is refused; false is what it is anyway."""
    assert parse_link({**FIELDS, "multiple_use": False}, now_ms=NOW_MS).order_id == "INV-77"
    assert codes(multiple_use=True) == [("multiple_use", "multiple_use_refused")]


@pytest.mark.parametrize("given", [None, [], "INV-77", 7])
def test_what_is_no_mapping_is_refused(given: Any) -> None:
    """Whatever it is, the caller gets a code."""
    with pytest.raises(InvalidCommand) as caught:
        parse_link(given, now_ms=NOW_MS)
    assert [error.code for error in caught.value.errors] == ["payload_type"]


def test_the_end_travels_sealed() -> None:
    """It stands in no clear part of the envelope, and opens for the order that it was sealed for."""
    data = sealed(LINK)
    opened = open_envelope(data, keys=OPENING, producers=REGISTRY, expect=facts(LINK), now_ms=NOW_MS)
    assert opened.instrument == Linked(NOW_MS + 1000)
    assert str(NOW_MS + 1000).encode() not in data
    with pytest.raises(EnvelopeError, match="another country"):
        open_envelope(data, keys=OPENING, producers=REGISTRY, expect=facts(LINK, country=""), now_ms=NOW_MS)


@pytest.mark.parametrize("words", [None, "Invoice 77", "x" * DESCRIPTION_LEFT, "cb-", "ends in cb-bcdfghjklmnpqrst"])
def test_a_token_is_found_in_the_description_that_was_sent_with_it(words: str | None) -> None:
    """Whatever stands before it."""
    token = token_of("INV-77")
    assert token_in(description_with(token, words)) == token


@pytest.mark.parametrize(
    "words",
    [
        "",
        "cb-",
        "Blue kettle",
        "xcb-bcdfghjklmnpqrst",
        "cb-bcdfghjklmnpqrs",
        "cb-bcdfghjklmnpqrst.",
        "cb-0123456789012345",
    ],
)
def test_other_words_hold_no_token(words: str) -> None:
    """Nor does a token in the middle of something."""
    assert token_in(words) is None
