"""Sessions, tokens of forms, and how often a password may be tried."""

from __future__ import annotations

from workers.console.attempts import OF_NAME_MAX, OF_SOURCE_MAX, REMEMBERED_MAX, WINDOW_S, Attempts
from workers.console.sessions import IDLE_S, LONGEST_S, Sessions


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_session_is_read_as_it_was_written() -> None:
    """Until nothing was done for the idle time."""
    clock = Clock()
    sessions = Sessions(clock)
    session = sessions.begun("ona")
    cookie = sessions.written(session)
    clock.now_s += IDLE_S - 1
    assert sessions.read(cookie) == session
    clock.now_s += 1
    assert sessions.read(cookie) is None


def test_a_session_is_over_in_the_end_whatever_is_done() -> None:
    """Touching it does not make it longer than a day of work."""
    clock = Clock()
    sessions = Sessions(clock)
    session = sessions.begun("ona")
    clock.now_s += LONGEST_S
    assert sessions.read(sessions.written(sessions.touched(session))) is None


def test_a_cookie_that_was_changed_or_is_of_another_process_is_none() -> None:
    """Any character of it."""
    sessions = Sessions(Clock())
    cookie = sessions.written(sessions.begun("ona"))
    other = {"A": "B"}
    changed = [cookie[:place] + other.get(cookie[place], "A") + cookie[place + 1 :] for place in range(len(cookie) - 1)]
    assert [each for each in changed if sessions.read(each)] == []
    assert Sessions(Clock()).read(cookie) is None
    assert [each for each in ("", ".", "a.b", "é.é", cookie * 9) if sessions.read(each)] == []


def test_a_form_is_good_for_its_own_session_only() -> None:
    """A new session of the same user has another token."""
    sessions = Sessions(Clock())
    mine, theirs = sessions.begun("ona"), sessions.begun("ona")
    assert sessions.allows(mine, sessions.token(mine))
    assert not sessions.allows(mine, sessions.token(theirs))
    assert not sessions.allows(mine, "")


def test_one_source_may_try_a_name_a_few_times() -> None:
    """After the window it may again; another name or source is not touched."""
    clock = Clock()
    attempts = Attempts(clock)
    assert all(attempts.may("192.0.2.1", "ona") for _ in range(OF_NAME_MAX))
    assert not attempts.may("192.0.2.1", "ona")
    assert attempts.may("192.0.2.1", "jonas")
    assert attempts.may("192.0.2.2", "ona")
    clock.now_s += WINDOW_S
    assert attempts.may("192.0.2.1", "ona")


def test_one_source_may_not_try_many_names() -> None:
    """Spraying one password over all names is limited by where it comes from."""
    attempts = Attempts(Clock())
    assert sum(attempts.may("192.0.2.1", f"name-{number}") for number in range(100)) == OF_SOURCE_MAX


def test_many_sources_are_not_remembered_for_ever() -> None:
    """What is remembered is bounded."""
    attempts = Attempts(Clock())
    for number in range(REMEMBERED_MAX):
        attempts.may(f"source-{number}", "ona")
    assert len(attempts._made) <= REMEMBERED_MAX
