"""What happens at the checkout: a card is charged, the bank's answer is taken, the shop is told. No markup here."""

from collections.abc import Callable, Mapping

from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.charging import Finalizing, decide, finalizing
from cardinity_client.sandbox.form import FieldError
from cardinity_client.sandbox.notices.messages import form_notice
from cardinity_client.sandbox.notices.postman import postman
from cardinity_client.sandbox.pages.card_form import instrument
from cardinity_client.sandbox.pages.visits import Visit
from cardinity_client.sandbox.wire import Payment


def charge(
    account: Account, visit: Visit, fields: Mapping[str, str], origin: Callable[[], str]
) -> tuple[FieldError, ...]:
    """Charges the card in the form for this visit, once; what is wrong with it, or nothing."""
    answer_url = f"{account.pages(origin)}/checkout/{visit.id}/answer"
    document = {"country": fields.get("country", "").strip().upper(), **visit.order, **instrument(fields, answer_url)}
    account.book.note_post(visit.order.get("order_id"), visit.order["amount"], visit.order["currency"])
    payment = decide(account, document, origin)
    if not isinstance(payment, Payment):
        return payment
    account.book.put(payment)
    visit.payment_id = payment.id
    _settle_link(account, visit, payment)
    return ()


def take_answer(account: Account, visit: Visit, fields: Mapping[str, str]) -> Payment | None:
    """Finalizes the visit's payment with what the bank's page sent, which changes only one that is pending.

    The payment as it is now, None without one.
    """
    payment = account.book.get(visit.payment_id or "")
    if payment is None:
        return None
    document = {"cres": fields.get("cres"), "authorize_data": fields.get("PaRes")}
    deed = finalizing(account, payment, document)
    if isinstance(deed, Finalizing):
        account.tallies.note_post("finalize", payment.id, None)
        deed.land(account.now_ms())
        payment = deed.payment
        _settle_link(account, visit, payment)
    return payment


async def tell_shop(account: Account, url: str, payment: Payment) -> None:
    """The notification beside the shopper's way back; one try, for nobody knows of more."""
    async with postman(elsewhere=account.settings.notify_elsewhere) as deliver:
        await deliver(url, form_notice(payment, account.settings))


def _settle_link(account: Account, visit: Visit, payment: Payment) -> None:
    entry = account.links.get(visit.link_id or "")
    if entry is not None and payment.status == "approved":
        entry.payments += 1
