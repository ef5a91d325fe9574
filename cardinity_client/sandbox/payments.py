"""The endpoints under /v1/payments. Each returns the answer to send, or None when the exchange is over."""

from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.charging import Charging, Finalizing, decide, finalizing
from cardinity_client.sandbox.deeds import perform, strike
from cardinity_client.sandbox.exchange import Exchange
from cardinity_client.sandbox.listing import disordered, read_limit
from cardinity_client.sandbox.wire import Answer, Payment, created, invalid, refusal


def note_post(account: Account, exchange: Exchange) -> None:
    """Counts a POST /v1/payments that arrived whole, whatever becomes of it."""
    account.book.note_post(*(exchange.text(name) for name in ("order_id", "amount", "currency")))


async def create(account: Account, exchange: Exchange, _ids: tuple[str, ...]) -> Answer | None:
    """POST /v1/payments. A repeated order_id is a second charge."""
    rule = account.faults.of_post(exchange.text("order_id"), exchange.text("description"))
    if rule is not None:
        return await strike(account, exchange, rule, lambda late_ms: _charging(account, exchange, late_ms))
    payment = decide(account, exchange.document(), exchange.origin)
    return created(payment, account.book.put(payment)) if isinstance(payment, Payment) else invalid(payment)


async def latest(account: Account, exchange: Exchange, _ids: tuple[str, ...]) -> Answer:
    """GET /v1/payments?limit=N: the newest first; there is no filter and no paging."""
    limit = read_limit(exchange.query)
    if not isinstance(limit, int):
        return invalid(limit)
    faults = account.faults
    rule = faults.of_list()
    if rule and rule.fault == "list_500":
        return refusal(500)
    page = account.book.latest(limit, faults.hides if faults.hide_rows else None)
    return Answer(200, disordered(page, rule) if rule else page)


async def get(account: Account, _exchange: Exchange, ids: tuple[str, ...]) -> Answer:
    """GET /v1/payments/{id}."""
    body = account.book.body(ids[0])
    return refusal(404) if body is None else Answer(200, body)


async def finalize(account: Account, exchange: Exchange, ids: tuple[str, ...]) -> Answer | None:
    """PATCH /v1/payments/{id}: what the shopper's bank answered to a 3-D Secure challenge."""
    payment = account.book.get(ids[0])
    if payment is None:
        return refusal(404)
    rule = account.faults.of("finalize").of_post((payment.id,), payment.order_id, payment.description)

    def judge(_late_ms: int) -> Finalizing | Answer:
        return finalizing(account, payment, exchange.document())

    return await strike(account, exchange, rule, judge) if rule else perform(account, judge(0))


def _charging(account: Account, exchange: Exchange, late_ms: int) -> Charging | Answer:
    payment = decide(account, exchange.document(), exchange.origin, late_ms)
    return Charging(account, payment) if isinstance(payment, Payment) else invalid(payment)
