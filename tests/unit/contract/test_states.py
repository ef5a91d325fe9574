"""The state graph is the one of the protocol, section 2."""

from producers.contract.names import EVENT_TYPES
from producers.contract.states import EDGES, STATES, TERMINAL, VISIBLE

#: The protocol's picture as a table: a row per state, an x where the state of the column may follow.
PICTURE = """
            acce clai send pend unkn park appr decl reje expi canc not_
accepted    .    x    .    .    .    .    .    .    x    x    x    x
claimed     x    x    x    .    .    .    .    .    x    x    x    x
sending     x    .    .    x    x    .    x    x    x    .    .    .
pending     .    .    .    .    x    x    x    x    .    .    .    x
unknown     .    .    .    x    .    x    x    x    x    .    .    x
parked      .    .    .    x    .    .    x    x    .    .    .    x
approved    .    .    .    .    .    .    .    .    .    .    .    .
declined    .    .    .    .    .    .    .    .    .    .    .    .
rejected    .    .    .    .    .    .    .    .    .    .    .    .
expired     .    .    .    .    .    .    .    .    .    .    .    .
cancelled   .    .    .    .    .    .    .    .    .    .    .    .
not_charged .    .    .    .    .    .    .    .    .    .    .    .
"""


def test_the_graph_is_the_protocols() -> None:
    """Every edge is in the picture, and everything in the picture is an edge."""
    assert picture(EDGES) == PICTURE.strip("\n")


def test_an_order_leaves_no_end() -> None:
    """Exactly the terminal states have no way out."""
    assert {state for state in STATES if not followers(state)} == TERMINAL


def test_sending_is_entered_from_claimed_alone() -> None:
    """Only the holder of a claim may promise a request."""
    assert {before for before, after in EDGES if after == "sending"} == {"claimed"}


def test_nothing_is_sent_again_after_an_intent() -> None:
    """Once a request may have left, and nobody knows better, no way leads back to sending (rule R2)."""
    for state in ("unknown", "pending", "parked"):
        assert reachable(state) & {"accepted", "claimed", "sending"} == set()


def test_every_state_can_end() -> None:
    """From every state there is a way to a terminal one: nothing can be lost."""
    assert {state for state in STATES if state in TERMINAL or reachable(state) & TERMINAL} == set(STATES)


def test_unknown_never_means_failed() -> None:
    """An unknown order is never expired or cancelled: those are for orders that were never sent."""
    assert reachable("unknown") & {"expired", "cancelled"} == set()


def test_the_owner_hears_of_every_state_that_concerns_him() -> None:
    """There is an event for accepted, for what is visible and for every end, and for nothing else."""
    assert set(EVENT_TYPES) == {"accepted"} | VISIBLE | TERMINAL


def test_an_event_type_is_named_after_its_state() -> None:
    """`payment.<state>`, without exception."""
    assert dict(EVENT_TYPES) == {state: f"payment.{state}" for state in EVENT_TYPES}


def picture(edges: frozenset[tuple[str, str]]) -> str:
    """The graph as a table."""
    rows = [" ".join([" " * 11, *(state[:4] for state in STATES)])]
    for before in STATES:
        cells = ("x   " if (before, after) in edges else ".   " for after in STATES)
        rows.append(" ".join([before.ljust(11), *cells]).rstrip())
    return "\n".join(rows)


def followers(state: str) -> set[str]:
    """The states that may come next."""
    return {after for before, after in EDGES if before == state}


def reachable(state: str) -> set[str]:
    """The states that may ever come after."""
    found: set[str] = set()
    while (grown := found.union(followers(state), *(followers(each) for each in found))) != found:
        found = grown
    return found
