"""The record of one request."""

from cardinity_client.attempt import Attempt, Phase


def test_a_handed_connection_is_the_first_phase_that_is_not_unsent() -> None:
    """From the moment a connection belongs to a request, it may have been sent."""
    attempt = Attempt(0.0, 1)
    phases = [attempt.phase]
    attempt.connected(lambda: None)
    assert [*phases, attempt.phase] == [Phase.QUEUED, Phase.CONNECTED]


def test_letting_go_drops_the_connection_of_half_an_answer() -> None:
    """Without the whole answer the connection is dropped; with it, or without a connection, nothing is."""
    dropped = []
    for complete in (False, True):
        attempt = Attempt(0.0, 1)
        attempt.let_go()
        attempt.connected(lambda: dropped.append("dropped"))
        attempt.complete = complete
        attempt.let_go()
    assert dropped == ["dropped"]
