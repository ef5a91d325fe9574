"""Reads of what belongs to payments, and of links: the path, what is believed, and what is refused."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

import pytest

from cardinity_client import (
    CardinityClient,
    Chargeback,
    ObjectNotFound,
    PaymentLink,
    PaymentNotFound,
    Rdr,
    ReadInvalid,
    ReadUnavailable,
    Refund,
    RequestInvalid,
    Settlement,
    Void,
)
from tests.contract.transport.gateway import Count, Heard, client, gateway, said
from tests.contract.transport.test_writes import answering
from tests.unit.client.builders import PAYMENT_ID, encoded, error_row
from tests.unit.client.writes import LINK_ID, OTHER_ID, REFUND_ID, dispute_row, follow_up_row, link_row


class One(NamedTuple):
    """A read of one object."""

    name: str
    path: str
    row: dict[str, Any]
    kind: type[Any]

    async def ask(self, ours: CardinityClient, *ids: str) -> Any:
        default = (LINK_ID,) if self.kind is PaymentLink else (PAYMENT_ID, REFUND_ID)
        return await getattr(ours, self.name)(*(ids or default))


ONES = (
    One("get_refund", f"payments/{PAYMENT_ID}/refunds/{REFUND_ID}", follow_up_row("refund"), Refund),
    One("get_settlement", f"payments/{PAYMENT_ID}/settlements/{REFUND_ID}", follow_up_row("settlement"), Settlement),
    One("get_void", f"payments/{PAYMENT_ID}/voids/{REFUND_ID}", follow_up_row("void"), Void),
    One("get_chargeback", f"payments/{PAYMENT_ID}/chargebacks/{REFUND_ID}", dispute_row(), Chargeback),
    One("get_rdr", f"payments/{PAYMENT_ID}/rdrs/{REFUND_ID}", dispute_row("rdr"), Rdr),
    One("get_payment_link", f"paymentLinks/{LINK_ID}", link_row(), PaymentLink),
)
#: Lists of what belongs to a payment: the kind of the path, and a row.
LISTS: dict[str, tuple[str, dict[str, Any], type[Any]]] = {
    "list_refunds": ("refunds", follow_up_row("refund"), Refund),
    "list_settlements": ("settlements", follow_up_row("settlement"), Settlement),
    "list_voids": ("voids", follow_up_row("void"), Void),
    "list_payment_chargebacks": ("chargebacks", dispute_row(), Chargeback),
    "list_rdrs": ("rdrs", dispute_row("rdr"), Rdr),
}
each_one = pytest.mark.parametrize("one", ONES, ids=lambda one: one.name)
each_list = pytest.mark.parametrize("name", LISTS)


def _told(row: dict[str, Any], heard: Heard) -> bytes:
    return said(200, encoded(row))


@each_one
async def test_one_object_is_read_by_its_ids(one: One) -> None:
    """The path names them, and the object comes back."""
    async with gateway(answering(lambda heard: said(200, encoded(one.row)))) as shop, client(shop.url) as ours:
        found = await one.ask(ours)
    assert type(found) is one.kind
    assert found.id == one.row["id"]
    assert [(heard.method, heard.target) for heard in shop.heard] == [("GET", f"/v1/{one.path}")]


@each_one
async def test_another_object_is_not_believed(one: One) -> None:
    """An object of another id, or of another payment, is refused."""
    rows = [one.row | {"id": OTHER_ID}, one.row | {"parent_id": OTHER_ID}]
    codes = []
    for row in rows[: 1 if one.kind is PaymentLink else 2]:
        async with gateway(answering(partial(_told, row))) as shop, client(shop.url) as ours:
            with pytest.raises(ReadInvalid) as caught:
                await one.ask(ours)
            codes.append(caught.value.code)
    assert codes == ["mismatch_id", "mismatch_parent"][: len(codes)]


@each_one
async def test_only_the_gateway_says_that_there_is_none(one: One) -> None:
    """Its own 404 means there is no such object; a proxy's means nothing."""
    answers = iter([said(404, encoded(error_row(404))), said(404, b"<html>")])
    async with gateway(answering(lambda heard: next(answers))) as shop, client(shop.url) as ours:
        with pytest.raises(ObjectNotFound):
            await one.ask(ours)
        with pytest.raises(ReadInvalid):
            await one.ask(ours)


@pytest.mark.parametrize(
    "wrong", ["", "..", "chargebacks", f"{PAYMENT_ID}?", PAYMENT_ID.upper(), f"{PAYMENT_ID}/x", "%2e"]
)
@each_one
async def test_an_id_that_is_none_is_not_asked_for(one: One, wrong: str) -> None:
    """Nothing but a UUID gets into a path, in either place."""
    async with gateway(answering(lambda heard: said(200, b"{}"))) as shop, client(shop.url) as ours:
        for ids in [(wrong,)] if one.kind is PaymentLink else [(wrong, REFUND_ID), (PAYMENT_ID, wrong)]:
            with pytest.raises(RequestInvalid, match="id_format"):
                await one.ask(ours, *ids)
    assert shop.connections == 0


@each_list
async def test_a_list_belongs_to_its_payment(name: str) -> None:
    """Rows come in the gateway's order; one that cannot be read is counted."""
    kind, row, made = LISTS[name]
    rows = [row | {"id": OTHER_ID}, row, row | {"created": "yesterday"}]
    async with gateway(answering(lambda heard: said(200, encoded(rows)))) as shop, client(shop.url) as ours:
        listing = await getattr(ours, name)(PAYMENT_ID)
    assert [type(item) for item in listing.items] == [made, made]
    assert [item.id for item in listing.items] == [OTHER_ID, REFUND_ID]
    assert (listing.count, listing.unparsed) == (3, 1)
    assert shop.heard[0].target == f"/v1/payments/{PAYMENT_ID}/{kind}"


@each_list
async def test_a_list_of_another_payment_is_refused(name: str) -> None:
    """One row that belongs elsewhere spoils the list: it would prove an absence that is none."""
    _, row, _ = LISTS[name]
    rows = [row, row | {"parent_id": OTHER_ID}]
    async with gateway(answering(lambda heard: said(200, encoded(rows)))) as shop, client(shop.url) as ours:
        with pytest.raises(ReadInvalid) as caught:
            await getattr(ours, name)(PAYMENT_ID)
    assert caught.value.code == "mismatch_parent"


@each_list
async def test_a_list_of_a_payment_that_is_not_there(name: str) -> None:
    """404 speaks of the payment."""
    async with gateway(answering(lambda heard: said(404, encoded(error_row(404))))) as shop, client(shop.url) as ours:
        with pytest.raises(PaymentNotFound):
            await getattr(ours, name)(PAYMENT_ID)


async def test_the_latest_chargebacks_are_read() -> None:
    """Of all payments of the account, at most a hundred."""
    rows = [dispute_row(), dispute_row(parent_id=OTHER_ID, status="approved")]
    async with gateway(answering(lambda heard: said(200, encoded(rows)))) as shop, client(shop.url) as ours:
        found = await ours.list_chargebacks(5)
        await ours.list_chargebacks()
    assert [item.payment_id for item in found.items] == [PAYMENT_ID, OTHER_ID]
    assert [heard.target for heard in shop.heard] == [
        "/v1/payments/chargebacks?limit=5",
        "/v1/payments/chargebacks?limit=100",
    ]


@pytest.mark.parametrize("limit", [0, 101, -1])
async def test_a_list_of_chargebacks_has_one_to_a_hundred(limit: int) -> None:
    """Another limit is the caller's mistake."""
    async with client("http://127.0.0.1:1") as ours:
        with pytest.raises(RequestInvalid) as refusal:
            await ours.list_chargebacks(limit)
        assert (refusal.value.code, refusal.value.field) == ("number_range", "limit")


READS: dict[str, Callable[[CardinityClient], Awaitable[Any]]] = {
    **{one.name: one.ask for one in ONES},
    **{name: lambda ours, name=name: getattr(ours, name)(PAYMENT_ID) for name in LISTS},  # type: ignore[misc]
    "list_chargebacks": CardinityClient.list_chargebacks,
}


@pytest.mark.parametrize("name", READS)
async def test_reads_share_one_policy(name: str) -> None:
    """Each is tried again once from the budget, and heard of under its own name."""
    hooks = Count()
    async with gateway(answering(lambda heard: said(503, b""))) as shop, client(shop.url, hooks=hooks) as ours:
        with pytest.raises(ReadUnavailable):
            await READS[name](ours)
    assert hooks.attempts == [(name, "http_5xx")] * 2
    assert hooks.retries == [name]
