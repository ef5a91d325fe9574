"""A charge of two phases from the command line: held, settled, and told as one charge."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from tests.commands import Ran
from tests.e2e.conftest import System
from tests.e2e.test_commands import charge


def _two_phase(system: System, order_id: str, *more: str) -> Ran:
    return charge(system, order_id, "--two-phase", *more)


def test_a_charge_of_two_phases_is_a_charge(system: System) -> None:
    """It ends approved, by the one settlement of a hold of the whole amount."""
    ran = _two_phase(system, "TWO-1", "--wait")
    (order,) = ran.records
    assert (ran.code, order["state"], order["mode"], order["reason"]) == (0, "approved", "two_phase", None)
    (payment,) = _told(system, "payments?order_id=TWO-1")
    (settlement,) = [made for made in _told(system, "records?type=settlement") if made["parent_id"] == payment["id"]]
    assert (payment["type"], settlement["amount"]) == ("authorization", "10.00")
    assert (order["payment_id"], order["follow_up_id"]) == (payment["id"], settlement["id"])


def test_another_mode_is_another_order(system: System) -> None:
    """The mode is content: the same order_id without it is a conflict that names it."""
    _two_phase(system, "TWO-2")
    ran = charge(system, "TWO-2")
    assert (ran.code, ran.records[-1]["error"], "mode" in ran.err) == (65, "order_conflict", True)


def test_a_hold_alone_has_no_second_phase(system: System) -> None:
    """`--no-settle` beside it is refused by name."""
    ran = _two_phase(system, "TWO-3", "--no-settle")
    assert (ran.code, "mode_settle" in ran.err) == (65, True)


def test_explain_tells_of_both_phases(system: System) -> None:
    """The way of the order shows the hold, and what the mode was."""
    _two_phase(system, "TWO-4", "--wait")
    ran = system.run("explain", "TWO-4")
    assert (ran.code, "held" in ran.out, "two_phase" in ran.out) == (0, True, True)


def test_a_charge_may_insist_on_one_phase(system: System) -> None:
    """`--direct` is content too, and tells so."""
    ran = charge(system, "TWO-5", "--direct", "--wait")
    (order,) = ran.records
    (payment,) = _told(system, "payments?order_id=TWO-5")
    assert (ran.code, order["state"], order["mode"], payment["type"]) == (0, "approved", "direct", "purchase")
    assert charge(system, "TWO-5").records[-1]["error"] == "order_conflict"


def _told(system: System, route: str) -> list[dict[str, Any]]:
    url = f"{system.stage.env['CARDINITY_BASE_URL'].removesuffix('/v1')}/_sandbox/{route}"
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
        told: list[dict[str, Any]] = json.loads(answer.read())
    return told
