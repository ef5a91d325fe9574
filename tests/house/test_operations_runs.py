"""What the operations document tells an operator to type works, in its order, on a system that needs one."""

import asyncio
import re
from collections.abc import Iterator

import pytest
import redis

from cardinity_client import Approved, CardinityClient, CreatePayment
from cardinity_client.models.payments import Card
from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.runtime.ledger import keys
from tests.commands import Commands
from tests.eventually import eventually
from tests.house.documents import fenced
from tests.house.tree import ROOT
from tests.house.typed import run_line
from tests.stack import CARD, Stack

#: Orders of the document that wait for a human, and one that a foreign message names.
PARKED, NAMED = ("ORD-1003", "ORD-1004", "ORD-1006"), "ORD-1005"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Three orders are parked, one of them a renewal, messages lie in quarantine, and no worker is there to be faster
    than the operator."""
    faults = [{"fault": "http_500_before", "order_id": order_id} for order_id in PARKED]
    with Stack(tmp_path_factory.mktemp("operator"), faults=faults, settings={"ABSENT": "park"}) as stack:
        stack.worker()
        with stack.enqueuer() as enqueuer:
            enqueuer.charge(order_id="ORD-1002", amount="10.00", currency="EUR", country="LT", **CARD)
            earlier = {"payment_id": enqueuer.wait("ORD-1002", timeout_s=30).payment_id}
            for order_id in PARKED:
                instrument = earlier if order_id == PARKED[-1] else CARD
                enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", **instrument)
            eventually(lambda: {enqueuer.get(order_id).state for order_id in PARKED} == {"parked"}, "they are parked")
            stack.kill_workers()
            enqueuer.charge(order_id=NAMED, amount="10.00", currency="EUR", country="LT", **CARD)
        stack.admin("faults", [])
        with redis.Redis.from_url(stack.valkey.url(1)) as ledger:
            for number, beginning in enumerate((b'{"args":["%s",1]}' % NAMED.encode(), b"junk")):
                fields = {"reason": "message_format", "size": len(beginning), "card_data": 0, "beginning": beginning}
                ledger.xadd(keys.QUARANTINE, fields, id=f"1764170000000-{number}")
        yield stack


def test_every_command_of_an_operator_succeeds(stack: Stack, commands: Commands) -> None:
    """Pauses, breakers, parked orders by a payment and by a word, quarantine, events."""
    (block,) = (block for block in fenced("docs/operations.md", "sh") if "cardinity parked" in block)
    (shown,) = re.findall(r"--approved (\S+)", block)
    for line in block.replace(shown, _landed(stack, PARKED[0])).splitlines():
        run_line(commands, line, env=stack.env, cwd=ROOT)
    with stack.enqueuer() as enqueuer:
        assert [enqueuer.get(order_id).state for order_id in PARKED] == ["approved", "not_charged", "parked"]
    with redis.Redis.from_url(stack.valkey.url(1)) as ledger:
        assert ledger.xlen(keys.QUARANTINE) == 0
        assert ledger.hget(keys.order(PARKED[-1]), "proposal") == b"back office shows none"
        assert not ledger.hexists(keys.OPERATIONS, "queue:payments")


def _landed(stack: Stack, order_id: str) -> str:
    """A payment of the order that came in late."""
    card = Card(Secret(str(CARD["pan"])), 4, 2031, Secret(str(CARD["cvc"])), str(CARD["holder"]))

    async def made() -> str:
        async with CardinityClient(stack.settings().client_settings()) as gateway:
            answer = await gateway.create_payment(CreatePayment(order_id, Money(1000, "EUR"), "LT", None, card))
        assert isinstance(answer, Approved)
        return answer.resource.id

    return asyncio.run(made())
