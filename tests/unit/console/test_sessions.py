"""Sessions, tokens of forms, and how often a password may be tried."""

from __future__ import annotations

import string
from dataclasses import replace

from workers.console.attempts import ANYWHERE_MAX, OF_NAME_MAX, OF_SOURCE_MAX, REMEMBERED_MAX, WINDOW_S, Attempts
from workers.console.sessions import IDLE_S, LONGEST_S, Sessions
from workers.console.users import OPERATOR, VIEWER, User

ONA = User("ona", VIEWER, "a hash")


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
    session = sessions.begun(ONA)
    cookie = sessions.written(session)
    clock.now_s += IDLE_S - 1
    assert sessions.read(cookie) == session
    clock.now_s += 1
    assert sessions.read(cookie) is None


def test_a_session_is_over_in_the_end_whatever_is_done() -> None:
    """Touching it does not make it longer than a day of work."""
    clock = Clock()
    sessions = Sessions(clock)
    session = sessions.begun(ONA)
    clock.now_s += LONGEST_S
    assert sessions.read(sessions.written(sessions.touched(session))) is None


def test_a_cookie_that_was_changed_or_is_of_another_process_is_none() -> None:
    """Any character of it, by any other: one of base64 may stand for the same bytes as its neighbour."""
    sessions = Sessions(Clock())
    cookie = sessions.written(sessions.begun(ONA))
    alphabet = f"{string.ascii_letters}{string.digits}-_="
    changed = [
        cookie[:place] + other + cookie[place + 1 :]
        for place in range(len(cookie))
        for other in alphabet
        if other != cookie[place]
    ]
    assert [each for each in changed if sessions.read(each)] == []
    assert Sessions(Clock()).read(cookie) is None
    assert [each for each in ("", ".", "a.b", "é.é", cookie * 9) if sessions.read(each)] == []


def test_a_session_that_was_ended_is_none_whoever_has_its_cookie() -> None:
    """Every cookie of it, however late it was written; another session of the same user goes on."""
    clock = Clock()
    sessions = Sessions(clock)
    mine, theirs = sessions.begun(ONA), sessions.begun(ONA)
    clock.now_s += 5
    copies = [sessions.written(mine), sessions.written(sessions.touched(mine))]
    sessions.ended(mine)
    assert [sessions.read(copy) for copy in copies] == [None, None]
    assert sessions.read(sessions.written(theirs)) == theirs


def test_ended_sessions_are_remembered_in_bounds_and_never_come_back() -> None:
    """Those that would be over are forgotten; where there are too many all sessions end, which forgets none."""
    clock = Clock()
    sessions = Sessions(clock, ended_max=100)
    first, other = sessions.begun(ONA), sessions.begun(ONA)
    copies = [sessions.written(each) for each in (first, other)]
    sessions.ended(first)
    most = 0
    for _ in range(100):
        sessions.ended(sessions.begun(ONA))
        most = max(most, len(sessions._ended))
    assert (most, [sessions.read(copy) for copy in copies]) == (100, [None, None])
    sessions.ended(sessions.begun(ONA))
    clock.now_s += LONGEST_S
    sessions.ended(sessions.begun(ONA))
    assert len(sessions._ended) == 1


def test_another_role_or_password_is_another_user() -> None:
    """What the users file said when the session began is a part of it."""
    sessions = Sessions(Clock())
    session = sessions.begun(ONA)
    others = (replace(ONA, role=OPERATOR), replace(ONA, hash="another hash"), replace(ONA, name="jonas"))
    assert sessions.is_of(session, ONA)
    assert not any(sessions.is_of(session, other) for other in others)


def test_a_form_is_good_for_its_own_session_only() -> None:
    """A new session of the same user has another token."""
    sessions = Sessions(Clock())
    mine, theirs = sessions.begun(ONA), sessions.begun(ONA)
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


def test_many_sources_may_not_try_one_name() -> None:
    """Nobody new gets a try at it then, but whoever logged in lately, from where he did, is not kept out."""
    attempts = Attempts(Clock())
    attempts.entered("198.51.100.7", "ona")
    tried = sum(attempts.may(f"192.0.2.{number}", "ona") for number in range(200))
    assert tried == ANYWHERE_MAX
    assert attempts.may("198.51.100.7", "ona")
    assert attempts.may("192.0.2.250", "jonas")


def test_many_sources_are_not_remembered_for_ever() -> None:
    """What is remembered is bounded."""
    attempts = Attempts(Clock())
    for number in range(REMEMBERED_MAX):
        attempts.may(f"source-{number}", f"ona-{number}")
        attempts.entered(f"source-{number}", "ona")
    assert len(attempts) <= 2 * REMEMBERED_MAX


def test_nobody_pushes_others_out_of_the_memory_by_making_up_names() -> None:
    """A source that has used up its own leaves no entries, and what can be no name has one place."""
    attempts = Attempts(Clock())
    before = len(attempts)
    for number in range(REMEMBERED_MAX):
        attempts.may("192.0.2.1", "x" * 8000 + str(number))
        attempts.may("192.0.2.2", f"name-{number}")
    assert len(attempts) - before <= 2 * (OF_SOURCE_MAX + 2)
