"""Every crash point of operators who have a parked order sent once more: whatever is killed, it is charged once."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import Any

import pytest

from producers.contract import states
from tests.chaos.operator import PLACES, say
from tests.chaos.oracle import read_books, until_closed, violations
from tests.eventually import eventually
from tests.stack import CARD, Stack
from workers.operations.errors import NothingThere

pytestmark = pytest.mark.slow

#: An order for each place, in each of the two commands.
ORDERS = {f"REN-{deed}-{place}": (deed, place) for deed in ("propose", "confirm") for place in PLACES}
ONA, JONAS = "ona@one", "jonas@two"


def test_operators_repeat_and_there_is_one_charge(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Lost before it is written down, before it is done, or before anybody knows; and the command is given again."""
    faults: list[dict[str, Any]] = [{"fault": "http_500_before", "order_id": order_id} for order_id in ORDERS]
    with (
        Stack(tmp_path_factory.mktemp("operators"), faults=faults, settings={"ABSENT": "park"}) as stack,
        stack.enqueuer() as enqueuer,
    ):
        stack.worker()
        enqueuer.charge(order_id="FIRST", amount="10.00", currency="EUR", country="LT", **CARD)
        paid = enqueuer.wait("FIRST", timeout_s=30).payment_id
        for order_id in ORDERS:
            enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", payment_id=paid)
        eventually(lambda: {enqueuer.get(order_id).state for order_id in ORDERS} == {states.PARKED}, "they are parked")
        stack.markers.mkdir(exist_ok=True)
        settings = stack.settings()
        for order_id, (deed, _) in ORDERS.items():
            if deed == "confirm":
                say(settings, order_id, ONA, "propose")
        lost = [_lose(stack, order_id) for order_id in ORDERS]
        assert {operator.wait() for operator in lost} == {-signal.SIGKILL}
        assert {marker.name for marker in stack.markers.iterdir()} == ORDERS.keys()
        for order_id, (deed, place) in ORDERS.items():
            done = (deed, place) == ("confirm", "reply")
            assert (enqueuer.get(order_id).successor is not None) == done, order_id
            if not done:
                say(settings, order_id, ONA, "propose")
                say(settings, order_id, JONAS, "confirm")
            with pytest.raises(NothingThere):
                say(settings, order_id, JONAS, "confirm")
        until_closed(stack)
        books = read_books(stack)
    assert violations(books) == []
    for order_id in ORDERS:
        second = f"{order_id}-a2"
        assert [books.orders[name].state for name in (order_id, second)] == [states.APPROVED] * 2
        assert [books.charges[name]["posts"] for name in (order_id, second)] == [1, 1]
        assert [books.charges[name]["approved"] for name in (order_id, second)] == [0, 1]


def _lose(stack: Stack, order_id: str) -> subprocess.Popen[bytes]:
    deed, place = ORDERS[order_id]
    by, marker = ONA if deed == "propose" else JONAS, str(stack.markers / order_id)
    return stack.start(sys.executable, "-m", "tests.chaos.operator", order_id, by, deed, place, marker)
