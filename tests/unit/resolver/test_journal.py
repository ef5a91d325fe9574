"""The coverage journal: what a page of the gateway's list lets us claim."""

from __future__ import annotations

from workers.resolver.journal import Journal, Page, Stretch, extend, moment


def page(started_ms: int, *ids: str, oldest_ms: int = 0, whole: bool = False, clean: bool = True) -> Page:
    return Page(started_ms, ids, oldest_ms, whole, clean)


def journal(*pages: Page) -> Journal:
    result = Journal()
    for each in pages:
        result = extend(result, each, scans_kept=3)
    return result


def test_a_whole_first_page_covers_everything_before_it() -> None:
    """Fewer rows than asked for means that there is nothing older."""
    assert journal(page(1000, "a", whole=True)).stretches == (Stretch(0, 1000),)


def test_a_full_first_page_covers_from_its_oldest_row() -> None:
    """What was pushed out before the first look is not covered."""
    assert journal(page(1000, "b", "a", oldest_ms=700)).stretches == (Stretch(700, 1000),)


def test_pages_that_share_a_row_leave_no_gap() -> None:
    """The stretch grows to the start of the later read."""
    assert journal(page(1000, "b", "a", oldest_ms=700), page(2000, "c", "b", oldest_ms=900)).stretches == (
        Stretch(700, 2000),
    )


def test_pages_that_share_nothing_leave_a_hole() -> None:
    """A hundred new rows between two reads: nobody knows what else there was."""
    result = journal(page(1000, "a", oldest_ms=700), page(2000, "z", oldest_ms=1800))
    assert result.stretches == (Stretch(700, 1000), Stretch(1800, 2000))
    assert result.holes == 1
    assert not result.covers(900, 2000)
    assert result.covers(1850, 1950)


def test_a_hole_restarts_the_count_of_clean_reads() -> None:
    """Reads on both sides of a hole prove nothing together."""
    result = journal(page(1000, "a"), page(1100, "a"), page(1200, "z", oldest_ms=1150))
    assert result.clean_starts_ms == (1200,)


def test_a_list_that_forgot_what_it_showed_is_a_hole() -> None:
    """A short page without any row seen before does not mean that nothing is missing."""
    result = journal(page(1000, "a", whole=True), page(2000, whole=True))
    assert result.holes == 1
    assert result.stretches[-1] == Stretch(2000, 2000)


def test_an_empty_account_stays_covered() -> None:
    """Nothing, and still nothing, is one stretch."""
    assert journal(page(1000, whole=True), page(2000, whole=True)).stretches == (Stretch(0, 2000),)


def test_a_full_page_after_an_empty_list_is_a_hole() -> None:
    """A hundred rows at once may have pushed out the hundred-and-first."""
    assert journal(page(1000, whole=True), page(2000, "a", oldest_ms=1500)).holes == 1


def test_an_unreadable_row_claims_nothing() -> None:
    """A page with a row we could not read might hide the very order in question."""
    before = journal(page(1000, "a"))
    assert extend(before, page(2000, "b", "a", clean=False), scans_kept=3) == before


def test_a_read_that_began_before_the_newest_adds_nothing() -> None:
    """It counts as no read since, takes no heads away, and opens no hole."""
    before = journal(page(1000, "b", "a"), page(5000, "d", "c", "b"))
    assert extend(before, page(2000, "b", "a"), scans_kept=3) == before
    assert extend(before, page(2000, "z"), scans_kept=3) == before


def test_clean_reads_count_from_a_moment() -> None:
    """Three reads that all began at or after it; two, or an earlier one among them, are not enough."""
    result = journal(page(1000, "a"), page(1100, "a"), page(1200, "a"), page(1300, "a"))
    assert result.clean_since(1100, 3) == (1100, 1200, 1300)
    assert result.clean_since(1101, 3) is None


def test_a_time_is_told_as_people_read_it() -> None:
    """Who decides about a parked order reads it; what was seen to the list's end has no first moment."""
    assert (moment(1_795_727_881_050), moment(0)) == ("2026-11-26T21:18:01Z", "the beginning")
