"""What of a page of chargebacks is news, and when older ones may have been pushed out of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cardinity_client import Chargeback, Listing
from cardinity_client.models.disputes import DisputeStatus
from cardinity_client.money import Money
from workers.disputes.news import news_in, questions

_LIMIT = 3


def _chargeback(name: str, status: DisputeStatus = "initiated") -> Chargeback:
    created = datetime(2026, 1, 15, tzinfo=UTC)
    return Chargeback(name, "p-1", Money(1000, "EUR"), created, status, False, None, None, None)


def _page(*items: Chargeback, unparsed: int = 0) -> Listing[Chargeback]:
    return Listing(items, len(items) + unparsed, unparsed)


def test_two_questions_are_asked_of_each() -> None:
    """Whether it was ever seen, and whether it was told in this status."""
    assert questions(_page(_chargeback("c-1"))) == ("chargeback/c-1", "chargeback/c-1/initiated")


def test_the_oldest_news_comes_first() -> None:
    """A page is newest first; who dies while telling has told the oldest, and the rest is still news."""
    page = _page(_chargeback("c-3"), _chargeback("c-2"), _chargeback("c-1"))
    news = news_in(page, [None, None, None, None, b"initiated", b"{}"], first=False, limit=_LIMIT)
    assert [chargeback.id for chargeback in news.fresh] == ["c-2", "c-3"]


def test_a_known_one_in_a_new_status_is_news() -> None:
    """It was told before, but not as this."""
    news = news_in(_page(_chargeback("c-1", "approved")), [b"initiated", None], first=False, limit=_LIMIT)
    assert [chargeback.status for chargeback in news.fresh] == ["approved"]


@pytest.mark.parametrize(
    ("count", "unparsed", "first", "pushed_out"),
    [
        (3, 0, False, True),
        (2, 1, False, True),  # the row that could not be read may be as new as the others
        (2, 0, False, False),
        (3, 0, True, False),
        (0, 0, False, False),
    ],
)
def test_a_full_page_of_strangers_may_hide_more(count: int, unparsed: int, first: bool, pushed_out: bool) -> None:
    """Where nothing that is known is left on the page, nobody can tell what lies between."""
    page = _page(*(_chargeback(f"c-{number}") for number in range(count)), unparsed=unparsed)
    assert news_in(page, [None] * 2 * count, first=first, limit=_LIMIT).pushed_out == pushed_out


def test_a_known_one_at_the_end_shows_that_nothing_is_missing() -> None:
    """Even one whose status is new: it was there before, so all that came after it is on the page."""
    page = _page(*(_chargeback(f"c-{number}") for number in (3, 2, 1)))
    known = [None, None, None, None, b"approved", None]
    assert not news_in(page, known, first=False, limit=_LIMIT).pushed_out
