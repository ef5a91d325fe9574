"""How half a minute becomes hours: what was seen is seen again, and what rose goes on rising."""

from collections.abc import Sequence

import pytest

from tests.alerts.recording import UP, Host, Recording
from tests.alerts.stretching import AFTER_S, BEFORE_S, HORIZON_S, STEP_S, UNKNOWN_AGE, stretched

#: A scrape a second: ten well, and sixteen while the fault lasts.
WELL, ILL = 10, 16
BEFORE, AFTER = BEFORE_S // STEP_S, AFTER_S // STEP_S
MONEY = 'cardinity_money_minor{currency="EUR",state="unknown"}'
LAG = 'cardinity_mirror_lag_seconds{account="default"}'
FAILED = 'cardinity_unexpected_errors_total{where="mirror"}'


def played(**series: Sequence[float | None]) -> dict[str, list[str]]:
    """The words of each series, by its metric's name and without what every series has."""
    named = {"lag": LAG, "failed": FAILED, "age": UNKNOWN_AGE, "money": MONEY, "up": UP}
    host = Host([float(at) for at in range(WELL + ILL)], {named[name]: values for name, values in series.items()})
    found = stretched(Recording("a-fault", 6.0, float(WELL), 3.0, {"a": host}))
    return {name: text.split() for name, (_, text) in zip(series, found, strict=True)}


def test_a_series_is_named_as_a_scrape_names_it() -> None:
    """By the host and the job, beside the labels that it has."""
    host = Host([float(at) for at in range(WELL + ILL)], {LAG: [1.0] * (WELL + ILL), UP: [1.0] * (WELL + ILL)})
    names = [name for name, _ in stretched(Recording("a-fault", 6.0, float(WELL), 3.0, {"a": host}))]
    assert names == [
        'cardinity_mirror_lag_seconds{instance="a",job="cardinity",account="default"}',
        'up{instance="a",job="cardinity"}',
    ]


def test_what_was_well_was_always_well_and_what_is_ill_stays_so() -> None:
    """A gauge before the fault and after it, for as long as rules look."""
    words = played(up=[1.0] * WELL + [0.0] * ILL)["up"]
    assert words == ["1"] * BEFORE + ["0"] * AFTER


def test_an_age_that_only_rose_goes_on_rising() -> None:
    """A second a second; one that came and went comes and goes."""
    rising = played(lag=[0.5] * WELL + [float(second) for second in range(ILL)])["lag"]
    assert float(rising[-1]) == pytest.approx(AFTER_S - STEP_S, abs=STEP_S)
    swinging = played(lag=[0.5] * WELL + [float(second % 4) for second in range(ILL)])["lag"]
    assert {float(word) for word in swinging[BEFORE:]} == {0.0, 1.0, 2.0, 3.0}


def test_a_counter_goes_on_as_it_went() -> None:
    """By what it grew in the last seconds, each time; before the fault it stood, and stands."""
    words = [float(word) for word in played(failed=[7.0] * WELL + [7.0 + second for second in range(ILL)])["failed"]]
    assert set(words[:BEFORE]) == {7.0}
    assert words[-1] - words[BEFORE] == pytest.approx(AFTER_S - STEP_S, rel=0.01)


def test_a_counter_that_began_anew_goes_on() -> None:
    """A host that was started again begins at zero, and nothing is taken back of what was counted."""
    words = played(failed=[7.0] * WELL + [9.0] * (ILL - 1) + [0.0])["failed"]
    assert [float(word) for word in words] == sorted(float(word) for word in words)


def test_what_does_not_answer_has_no_value() -> None:
    """A series that ends is said to have ended."""
    words = played(lag=[0.5] * WELL + [None] * ILL)["lag"]
    assert (words[BEFORE - 1], set(words[BEFORE:])) == ("0.5", {"stale", "_"})
    assert words.count("stale") == 1


def test_what_waits_for_the_horizon_waits_for_that_of_production() -> None:
    """An age that came up to the H of the recording is that of its H, and the money is what gathers in it."""
    ages = [0.0] * WELL + [1.0, 2.0] + [3.0, 3.1] * 7
    found = played(age=ages, money=[0.0] * WELL + [1000.0] * ILL)
    assert float(found["age"][-1]) == pytest.approx(HORIZON_S, abs=1)
    assert float(found["money"][-1]) == pytest.approx(1000 * HORIZON_S / 3, rel=0.05)
    found_soon = played(age=[0.0] * WELL + [0.2, 0.4] * 8, money=[0.0] * WELL + [1000.0] * ILL)
    assert (float(found_soon["age"][-1]) < 1, found_soon["money"][-1]) == (True, "1000")
