"""A notification that was heeded is known for a while, and not for ever."""

from __future__ import annotations

from producers.http.replays import REMEMBERED_S, Replays


def test_what_was_heeded_is_known_for_a_while() -> None:
    """Nothing else is, and after its time it is heeded again."""
    now = [0.0]
    replays = Replays(lambda: now[0])
    assert not replays.known(b"a")
    replays.remember(b"a")
    assert (replays.known(b"a"), replays.known(b"b")) == (True, False)
    now[0] = REMEMBERED_S
    assert not replays.known(b"a")


def test_the_oldest_gives_way() -> None:
    """The memory is bounded; what is heeded again is young again."""
    replays = Replays(lambda: 0.0, remembered_max=2)
    for body in (b"a", b"b", b"a", b"c"):
        replays.remember(body)
    assert [replays.known(body) for body in (b"a", b"b", b"c")] == [True, False, True]
