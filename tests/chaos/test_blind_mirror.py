"""A mirror that cannot read the list: nothing is sent that nobody could find again."""

from pathlib import Path

import pytest
import redis

from producers.runtime.ledger import keys
from tests.eventually import eventually
from tests.stack import CARD, Stack

pytestmark = pytest.mark.slow


def test_orders_wait_while_the_list_cannot_be_read(tmp_path: Path) -> None:
    """With every list read answered by 500 no order is sent; when the list is back all are charged."""
    with Stack(tmp_path, faults=[{"fault": "list_500", "rate": 1.0}]) as stack, stack.enqueuer() as enqueuer:
        for number in range(20):
            enqueuer.charge(order_id=f"ORD-{number}", amount="10.00", currency="EUR", country="LT", **CARD)
        stack.worker()
        with redis.Redis.from_url(stack.valkey.url(1), protocol=2) as ledger:
            eventually(lambda: b"no_credit" in (ledger.hget(keys.order("ORD-0"), "history") or b""), "it is held back")
        assert stack.charges() == {}
        stack.admin("faults", [])
        eventually(lambda: enqueuer.get("ORD-0").final, "the first is charged")
        assert {enqueuer.wait(f"ORD-{number}", timeout_s=30).state for number in range(20)} == {"approved"}
