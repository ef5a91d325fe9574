"""Every word between a worker, a producer and Redis may get lost, asked or answered; the order is charged once."""

from __future__ import annotations

import pytest

from producers.contract import states
from tests.eventually import eventually
from tests.integration.cutting.wires import Cut, Wires
from tests.proxy import CuttingProxy
from tests.stack import CARD

STEPS = ("accept", "enqueue", "fetch", "claim", "intent", "outcome", "ack")
LOST = {"reply": CuttingProxy.cut_reply, "request": CuttingProxy.cut_request}


@pytest.mark.parametrize("cut", LOST.values(), ids=LOST)
@pytest.mark.parametrize("step", STEPS)
def test_a_lost_word_costs_nothing(wires: Wires, step: str, cut: Cut, request: pytest.FixtureRequest) -> None:
    """One charge, one outcome told once, nothing left behind, and the same worker goes on."""
    order_id = f"ORD-{request.node.callspec.id}"
    wire = wires.wire(step)
    matches = wire.matches
    cut(wire, wires.message(step, order_id))
    wires.charge(order_id)
    assert wires.onlooker.wait(order_id, 30).state == states.APPROVED
    eventually(lambda: wire.matches == matches + 1, "the word is lost")
    eventually(wires.nothing_is_stranded, "an empty queue, and a worker that holds nothing")
    row = wires.stack.charges()[order_id]
    assert (row["approved"], row["posts"]) == (1, 1)
    assert wires.outcomes_told(order_id) == [f"{order_id}:approved"]
    assert wires.worker.poll() is None


@pytest.mark.parametrize("cut", LOST.values(), ids=LOST)
@pytest.mark.parametrize(("step", "suffix"), [("succeed", ""), ("intent", "-a2"), ("outcome", "-a2"), ("outcome", "")])
def test_a_lost_word_about_a_decline_costs_nothing(
    wires: Wires, step: str, suffix: str, cut: Cut, request: pytest.FixtureRequest
) -> None:
    """The order goes on once, with the other card, and one outcome of it is told."""
    order_id = f"ORD-{request.node.callspec.id}"
    wires.stack.admin("faults", [{"fault": "declined", "order_id": order_id, "error": "3001: Insufficient funds"}])
    matches = wires.ledger_wire.matches
    cut(wires.ledger_wire, wires.message(step, order_id + suffix))
    wires.charge(order_id, backup={**CARD, "pan": "5555555555554444"})
    assert wires.onlooker.wait(order_id, 30).state == states.APPROVED
    eventually(lambda: wires.ledger_wire.matches == matches + 1, "the word is lost")
    eventually(wires.nothing_is_stranded, "an empty queue, and a worker that holds nothing")
    charged = wires.stack.charges()
    assert [(charged[name]["approved"], charged[name]["posts"]) for name in (order_id, f"{order_id}-a2")] == [
        (0, 1), (1, 1),
    ]  # fmt: skip
    assert wires.outcomes_told(order_id) == [f"{order_id}:approved"]
    assert wires.worker.poll() is None
