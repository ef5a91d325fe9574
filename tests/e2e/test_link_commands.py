"""`cardinity link` as a user runs it, against a running system."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.commands import Ran
from tests.e2e.conftest import System


def create(system: System, order_id: str, *more: str) -> Ran:
    asked = ("--order-id", order_id, "--amount", "40.00", "--currency", "EUR", "--description", "Invoice 77")
    return system.run("link", "create", *asked, *more)


def in_days(days: int) -> str:
    """As the command takes it."""
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_link_is_waited_for_and_told(system: System) -> None:
    """`create --wait` exits 0 once there is an address; `get` tells it again, and explain what happens next."""
    until = in_days(3)
    ran = create(system, "LINK-CLI-1", "--expires-at", until, "--wait", "--json")
    (order,) = ran.records
    assert (ran.code, order["state"], order["kind"], order["final"]) == (0, "pending", "link", False)
    assert order["link_expires_at"] == until.replace("Z", ".000Z")
    assert f"/link/{order['link_id']}" in order["link_url"]
    assert system.run("link", "get", "LINK-CLI-1", "--json").records == [order]
    assert order["link_url"] in system.run("link", "get", "LINK-CLI-1").out
    story = system.run("explain", "LINK-CLI-1").out
    assert "next: somebody pays, or the link ends" in story and order["link_url"] in story


def test_the_same_link_again_is_no_second_one(system: System) -> None:
    """A repeated command tells how the order stands; other content is a conflict that names the field."""
    create(system, "LINK-CLI-2", "--wait")
    again = create(system, "LINK-CLI-2", "--json")
    assert (again.code, again.records[0]["state"]) == (0, "pending")
    other = create(system, "LINK-CLI-2", "--expires-at", in_days(3), "--json")
    assert (other.code, other.records[0]["fields"]) == (65, ["expires_at"])


def test_a_link_is_moved_and_switched(system: System) -> None:
    """`update` asks the gateway and tells what it says."""
    create(system, "LINK-CLI-3", "--wait")
    until = in_days(5)
    ran = system.run("link", "update", "LINK-CLI-3", "--expires-at", until, "--disable", "--json")
    (link,) = ran.records
    assert (ran.code, link["enabled"], link["link_expires_at"]) == (0, False, until.replace("Z", ".000Z"))


def test_a_deleted_link_stays_open_until_it_is_proven_unpaid(system: System) -> None:
    """`delete` exits 0 with an order that has not ended; waiting for its end too short exits 12."""
    create(system, "LINK-CLI-4", "--wait")
    ran = system.run("link", "delete", "LINK-CLI-4", "--json")
    assert (ran.code, ran.records[0]["state"]) == (0, "pending")
    assert system.run("link", "get", "LINK-CLI-4", "--wait", "--timeout-s", "0").code == 12
