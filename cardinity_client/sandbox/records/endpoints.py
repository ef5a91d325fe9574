"""The endpoints behind a payment: POST and GET of each kind of record, and the account's list of chargebacks."""

from collections.abc import Callable
from functools import partial
from typing import Final

from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.deeds import perform, strike
from cardinity_client.sandbox.exchange import Exchange
from cardinity_client.sandbox.faults import Strikes
from cardinity_client.sandbox.listing import disordered, read_limit
from cardinity_client.sandbox.records.book import Hides
from cardinity_client.sandbox.records.record import Kind, Record
from cardinity_client.sandbox.records.recording import Recording, recording
from cardinity_client.sandbox.routes import Methods
from cardinity_client.sandbox.wire import Answer, invalid, refusal

#: The last but one segment of a path, and the kind of record it holds.
_NAMES: Final[dict[str, Kind]] = {
    "refunds": "refund",
    "settlements": "settlement",
    "voids": "void",
    "chargebacks": "chargeback",
    "rdrs": "rdr",
}


async def create(kind: Kind, account: Account, exchange: Exchange, ids: tuple[str, ...]) -> Answer | None:
    """POST /v1/payments/{id}/{kind}s. A repeated description is a second record."""
    payment = account.book.get(ids[0])
    if payment is None:
        return refusal(404)

    def judge(late_ms: int) -> Recording | Answer:
        return recording(account, kind, payment, exchange.document(), late_ms)

    description = exchange.text("description")
    strikes = account.faults.of(kind)
    rule = strikes.of_post((payment.id, description), payment.order_id, description)
    return await strike(account, exchange, rule, judge) if rule else perform(account, judge(0))


async def listed(kind: Kind, account: Account, _exchange: Exchange, ids: tuple[str, ...]) -> Answer:
    """GET /v1/payments/{id}/{kind}s: all of them, newest first."""
    if account.book.get(ids[0]) is None:
        return refusal(404)
    return _page(account.faults.of(kind), lambda hides: account.records.listed(kind, ids[0], hides))


async def get(kind: Kind, account: Account, _exchange: Exchange, ids: tuple[str, ...]) -> Answer:
    """GET /v1/payments/{id}/{kind}s/{id}."""
    body = account.records.body(kind, *ids)
    return refusal(404) if body is None else Answer(200, body)


async def latest(kind: Kind, account: Account, exchange: Exchange, _ids: tuple[str, ...]) -> Answer:
    """GET /v1/payments/chargebacks?limit=N: of all payments, newest first."""
    limit = read_limit(exchange.query)
    if not isinstance(limit, int):
        return invalid(limit)
    return _page(account.faults.of(kind), lambda hides: account.records.latest(kind, limit, hides))


def record_routes() -> dict[tuple[str, ...], Methods]:
    """Rows for the gateway's table of paths."""
    rows: dict[tuple[str, ...], Methods] = {
        ("v1", "payments", "chargebacks"): {"GET": partial(latest, "chargeback")},
    }
    for name, kind in _NAMES.items():
        rows["v1", "payments", "*", name] = {"POST": partial(create, kind), "GET": partial(listed, kind)}
        rows["v1", "payments", "*", name, "*"] = {"GET": partial(get, kind)}
    return rows


def _page(strikes: Strikes, rows: Callable[[Hides | None], bytes]) -> Answer:
    """A list with what befalls it."""
    rule = strikes.of_list()
    if rule and rule.fault == "list_500":
        return refusal(500)

    def hides(record: Record, age_ms: int) -> bool:
        facts = (record.parent_id, record.description)
        return strikes.hides(facts, record.order_id, record.description, age_ms)

    page = rows(hides if strikes.hide_rows else None)
    return Answer(200, disordered(page, rule) if rule else page)
