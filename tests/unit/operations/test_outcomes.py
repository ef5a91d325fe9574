"""Outcomes per minute, from the newest events."""

from __future__ import annotations

from workers.operations.outcomes import EVENTS_MAX, outcomes_of


def entries(*ids: str, at_ms: int = 1000) -> list[tuple[bytes, dict[bytes, bytes]]]:
    return [(b"%d-0" % at_ms, {b"id": event_id.encode()}) for event_id in ids]


def test_only_ends_are_counted() -> None:
    """Each once; what an order passes through, chargebacks and foreign entries are none."""
    found = entries(
        "A-1:approved", "A-2:declined", "A-3:approved", "A-1:accepted", "A-4:pending:ab12", "chargeback/c/approved"
    )
    found.append((b"1000-1", {}))
    assert outcomes_of(found, 2000).told == "2 approved, 1 declined"


def test_more_than_are_read_are_reckoned_up() -> None:
    """As many as fit into one read, within three seconds: twenty times as many in a minute."""
    found = entries(*["A-1:approved"] * EVENTS_MAX, at_ms=7_000)
    assert outcomes_of(found, 10_000).per_minute == {"approved": 20 * EVENTS_MAX}
