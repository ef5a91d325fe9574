"""The endpoints under /v1/paymentLinks; there is no list of them."""

from msgspec.structs import replace

from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.deeds import Decide, perform, strike
from cardinity_client.sandbox.exchange import Exchange
from cardinity_client.sandbox.form import FieldError
from cardinity_client.sandbox.links.book import Entry
from cardinity_client.sandbox.links.link import Link, Span, WantedLink, WantedUpdate, read_link, read_update
from cardinity_client.sandbox.links.linking import Linking, link_identity
from cardinity_client.sandbox.plan import Operation
from cardinity_client.sandbox.routes import Methods
from cardinity_client.sandbox.wire import Answer, encode, invalid, refusal, timestamp

#: What an account without the feature says; clients look for these words.
_OFF = (FieldError("payment_link", None, "Payment links are disabled for this account"),)
_DELETED = (FieldError("deleted", True, "a deleted link cannot be changed"),)


async def create(account: Account, exchange: Exchange, _ids: tuple[str, ...]) -> Answer | None:
    """POST /v1/paymentLinks. A repeated description is a second link."""
    if not account.settings.links_enabled:
        return invalid(_OFF)
    description = exchange.text("description")

    def judge(_late_ms: int) -> Linking | Answer:
        wanted = read_link(exchange.document(), _span(account))
        return _new(account, exchange, wanted) if isinstance(wanted, WantedLink) else invalid(wanted)

    return await _do(account, exchange, "link", (None, description), judge)


async def get(account: Account, _exchange: Exchange, ids: tuple[str, ...]) -> Answer:
    """GET /v1/paymentLinks/{id}; a deleted one says so."""
    entry = account.links.get(ids[0])
    return refusal(404) if entry is None else Answer(200, encode(entry.link))


async def update(account: Account, exchange: Exchange, ids: tuple[str, ...]) -> Answer | None:
    """PATCH /v1/paymentLinks/{id}."""
    entry = account.links.get(ids[0])
    if entry is None:
        return refusal(404)

    def judge(_late_ms: int) -> Linking | Answer:
        wanted = _DELETED if entry.link.deleted else read_update(exchange.document(), _span(account))
        return _changed(account, entry, wanted) if isinstance(wanted, WantedUpdate) else invalid(wanted)

    return await _do(account, exchange, "link_update", (ids[0], None), judge)


async def delete(account: Account, exchange: Exchange, ids: tuple[str, ...]) -> Answer | None:
    """DELETE /v1/paymentLinks/{id}: what is gone already is gone."""
    entry = account.links.get(ids[0])
    if entry is None:
        return refusal(404)

    def judge(_late_ms: int) -> Linking | Answer:
        gone = replace(entry.link, enabled=False, deleted=True)
        return Linking(account, "link_delete", gone, entry.expires_ms)

    return await _do(account, exchange, "link_delete", (ids[0], None), judge)


def link_routes() -> dict[tuple[str, ...], Methods]:
    """Rows for the gateway's table of paths."""
    return {
        ("v1", "paymentLinks"): {"POST": create},
        ("v1", "paymentLinks", "*"): {"GET": get, "PATCH": update, "DELETE": delete},
    }


async def _do(
    account: Account,
    exchange: Exchange,
    operation: Operation,
    intent: tuple[str | None, str | None],
    judge: Decide,
) -> Answer | None:
    rule = account.faults.of(operation).of_post(intent, None, intent[1])
    return await strike(account, exchange, rule, judge) if rule else perform(account, judge(0))


def _span(account: Account) -> Span:
    return Span(account.now_ms(), account.settings.link_days, account.settings.link_days_max)


def _new(account: Account, exchange: Exchange, wanted: WantedLink) -> Linking:
    link_id = link_identity(account, wanted.description)
    link = Link(
        id=link_id,
        url=f"{account.pages(exchange.origin)}/checkout/link/{link_id}",
        amount=wanted.amount.text,
        currency=wanted.amount.currency,
        country=wanted.country,
        description=wanted.description,
        expiration_date=timestamp(wanted.expires_ms),
        multiple_use=wanted.multiple_use,
        enabled=True,
    )
    return Linking(account, "link", link, wanted.expires_ms)


def _changed(account: Account, entry: Entry, wanted: WantedUpdate) -> Linking:
    link, expires_ms = entry.link, entry.expires_ms
    if wanted.enabled is not None:
        link = replace(link, enabled=wanted.enabled)
    if wanted.expires_ms is not None:
        expires_ms = wanted.expires_ms
        link = replace(link, expiration_date=timestamp(expires_ms))
    return Linking(account, "link_update", link, expires_ms)
