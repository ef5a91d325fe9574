"""What the client is asked to send: a wrong request is refused where it is made, and nothing of it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from cardinity_client import (
    Address,
    AuthorizeData,
    BrowserInfo,
    CardholderInfo,
    ChallengeResult,
    CreatePaymentLink,
    CreateRefund,
    CreateSettlement,
    CreateVoid,
    DeletePaymentLink,
    FinalizePayment,
    Money,
    RequestInvalid,
    Secret,
    ThreedsRequest,
    UpdatePaymentLink,
)
from cardinity_client.notifications import HostedPage
from tests.inputs.rows import Row, Told, told
from tests.inputs.world import World
from tests.unit.client.builders import PAYMENT_ID
from tests.unit.contract.builders import PAN

EUR = Money(500, "EUR")
BROWSER: dict[str, Any] = {
    "accept_header": "text/html",
    "browser_language": "lt-LT",
    "screen_width": 1440,
    "screen_height": 900,
    "challenge_window_size": "full-screen",
    "user_agent": "Mozilla/5.0",
    "color_depth": 24,
    "time_zone": -120,
}
ADDRESS: dict[str, Any] = {"address_line1": "Gatve 1", "city": "Vilnius", "country": "LT", "postal_code": "01100"}
_NO_IDS = ("", PAN, "../x", PAYMENT_ID.upper(), f"{PAYMENT_ID}\n", f" {PAYMENT_ID}", PAYMENT_ID[:-1], None, 7)
_NO_URLS = (
    "", "shop.example", "ftp://shop.example", "javascript:alert(1)", "https://", "https://shop.example:x/",
    "https://shop.example/ a", "https://šop.example", "https://shop.example\r\nX: y", "https://[", "h" * 3000, None,
)  # fmt: skip
_NAIVE = datetime(2026, 2, 1)
_WRONG_BROWSERS: list[tuple[str, Any, str]] = [
    ("accept_header", "", "text_length"),
    ("accept_header", "a\r\nb", "text_charset"),
    ("user_agent", "x" * 3000, "text_length"),
    ("user_agent", None, "text_type"),
    ("browser_language", "l", "text_length"),
    ("browser_language", "lt_LT", "language_format"),
    ("screen_width", 0, "number_range"),
    ("screen_width", True, "number_range"),
    ("screen_height", 9.5, "number_range"),
    ("color_depth", "24", "number_range"),
    ("time_zone", 900, "number_range"),
    ("challenge_window_size", "05", "window_size"),
    ("ip_address", "x" * 46, "text_length"),
]
_WRONG_ADDRESSES: list[tuple[str, Any, str]] = [
    ("address_line1", "", "text_length"),
    ("address_line2", "x" * 51, "text_length"),
    ("address_line3", "\u202egnp.exe", "text_charset"),
    ("city", None, "text_type"),
    ("postal_code", "x" * 17, "text_length"),
    ("state", "x" * 15, "text_length"),
    ("country", "l", "text_length"),
    ("country", "lt", "country_format"),
]

Make = Callable[[], object]


def _rows() -> Iterator[Row]:
    kinds: dict[str, Callable[..., object]] = {
        "refund": partial(CreateRefund, amount=EUR),
        "settlement": partial(CreateSettlement, amount=EUR),
        "void": CreateVoid,
    }
    for name, kind in kinds.items():
        for number, value in enumerate(_NO_IDS):
            yield Row(f"{name}: id {number}", partial(kind, value), "id_format", "payment_id")
        yield Row(f"{name}: no words", partial(kind, PAYMENT_ID, description=""), "text_length", "description")
        yield Row(f"{name}: many words", partial(kind, PAYMENT_ID, description="x" * 256), "text_length", "description")
        yield Row(
            f"{name}: a surrogate", partial(kind, PAYMENT_ID, description="\ud800"), "text_charset", "description"
        )
        yield Row(f"{name}: a number", partial(kind, PAYMENT_ID, description=7), "text_type", "description")
    for part in (CreateRefund, CreateSettlement):
        yield Row(f"{part.__name__}: zero", partial(part, PAYMENT_ID, Money(0, "EUR")), "amount_minimum", "amount")
    yield from _threeds()
    yield from _links()


def _threeds() -> Iterator[Row]:
    for number, (member, value, code) in enumerate(_WRONG_BROWSERS):
        field = f"browser_info.{member}"
        yield Row(f"browser {number}", partial(BrowserInfo, **{**BROWSER, member: value}), code, field)
    for number, (member, value, code) in enumerate(_WRONG_ADDRESSES):
        yield Row(f"address {number}", partial(Address, **{**ADDRESS, member: value}), code, member)
    for number, url in enumerate(_NO_URLS):
        asked: Make = partial(ThreedsRequest, url, BrowserInfo(**BROWSER))  # type: ignore[arg-type]
        yield Row(f"3-D Secure: url {number}", asked, "url_format", "threeds2_data.notification_url")
    for member in ("email_address", "mobile_phone_number", "home_phone_number", "work_phone_number"):
        row = partial(CardholderInfo, **{member: "x" * 300})
        yield Row(f"cardholder: {member}", row, "text_length", f"cardholder_info.{member}")
    for name, given in {"empty": "", "endless": "x" * 70_000}.items():
        yield Row(f"cres: {name}", partial(ChallengeResult, Secret(given)), "text_length", "cres")
        yield Row(f"PaRes: {name}", partial(AuthorizeData, Secret(given)), "text_length", "authorize_data")
    yield Row("PaRes: a NUL", partial(AuthorizeData, Secret("a\0")), "text_charset", "authorize_data")
    result = ChallengeResult(Secret("x"))
    yield Row("finalize: id", partial(FinalizePayment, PAN, None, EUR, result), "id_format", "payment_id")


def _links() -> Iterator[Row]:
    link = partial(CreatePaymentLink, EUR, "Invoice 77")
    yield Row("link: amount", partial(CreatePaymentLink, Money(49, "EUR"), "x"), "amount_minimum", "amount")
    yield Row("link: yen", partial(CreatePaymentLink, Money(0, "JPY"), "x"), "amount_minimum", "amount")
    yield Row("link: no words", partial(CreatePaymentLink, EUR, ""), "text_length", "description")
    yield Row("link: country", partial(link, "LTU"), "country_format", "country")
    yield Row("link: time", partial(link, expires_at=_NAIVE), "moment_naive", "expires_at")
    yield Row("update: nothing", partial(UpdatePaymentLink, PAYMENT_ID), "update_empty")
    yield Row("update: time", partial(UpdatePaymentLink, PAYMENT_ID, _NAIVE), "moment_naive", "expires_at")
    for number, value in enumerate(_NO_IDS):
        update: Make = partial(UpdatePaymentLink, value, enabled=True)  # type: ignore[arg-type]
        yield Row(f"update: id {number}", update, "id_format", "link_id")
        delete: Make = partial(DeletePaymentLink, value)  # type: ignore[arg-type]
        yield Row(f"delete: id {number}", delete, "id_format", "link_id")
    page = partial(HostedPage, EUR, "LT")
    url = "https://shop.example"
    yield Row("page: order", partial(page, "ORD_1", "x", url), "order_id_charset", "order_id")
    yield Row("page: words", partial(page, "ORD-1", f"xid{PAYMENT_ID}", url), "value_shifted", "description")
    yield Row("page: language", partial(page, "ORD-1", "x", url, language="lt"), "language_format", "language")
    yield Row(
        "page: phone", partial(page, "ORD-1", "x", url, mobile_phone_number=PAN * 2), "phone_format",
        "mobile_phone_number",
    )  # fmt: skip


ROWS = [*_rows()]


def knock(world: World, given: Make) -> Told:
    """Make it."""
    try:
        made = given()
    except RequestInvalid as error:
        return told(error.code, error.field, f"{error} {error!r}")
    return told("", text=repr(made))
