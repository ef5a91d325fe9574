"""Builders for request bodies of POST /v1/payments, as a decoded client would write them."""

from typing import Any

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
THREEDS2: dict[str, Any] = {"notification_url": "https://shop.example/3ds", "browser_info": BROWSER}


def card(**changes: Any) -> dict[str, Any]:
    """A payment instrument that is approved; a change to None leaves the member out."""
    plain = {
        "pan": "4111111111111111",
        "exp_year": 2031,
        "exp_month": 4,
        "cvc": "123",
        "holder": "Ona Petraityte",
    }
    return _changed(plain, changes)


def charge(**changes: Any) -> dict[str, Any]:
    """A card payment that is approved; `pan=` changes the card, None leaves a member out."""
    instrument = card(pan=changes.pop("pan")) if "pan" in changes else card()
    plain = {
        "amount": "10.00",
        "currency": "EUR",
        "country": "LT",
        "order_id": "order-1",
        "payment_method": "card",
        "payment_instrument": instrument,
    }
    return _changed(plain, changes)


def recurring(payment_id: Any, **changes: Any) -> dict[str, Any]:
    """A charge of the card that paid `payment_id`."""
    return charge(payment_method="recurring", payment_instrument={"payment_id": payment_id}, **changes)


def _changed(plain: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**plain, **changes}.items() if value is not None}
