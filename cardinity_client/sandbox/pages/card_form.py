"""The form for a card: what it shows, how it is read, and where its complaints stand. It never shows a card again."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cardinity_client.sandbox import rules
from cardinity_client.sandbox.form import FieldError
from cardinity_client.sandbox.pages.html import Markup, element, facts, join

_EXPIRY: Final = re.compile(r"\s*([0-9]{1,2})\s*/\s*((?:20)?[0-9]{2})\s*")
#: The page collects the browser's data itself; the bank of the sandbox does not look at it.
_BROWSER: Final = {
    "accept_header": "text/html",
    "browser_language": "en",
    "screen_width": 1280,
    "screen_height": 800,
    "challenge_window_size": "full-screen",
    "user_agent": "sandbox",
    "color_depth": 24,
    "time_zone": 0,
}
#: Which input a complaint of the gateway belongs to.
_INPUTS: Final = {
    "payment_instrument.pan": "pan",
    "payment_instrument.exp_month": "expiry",
    "payment_instrument.exp_year": "expiry",
    "payment_instrument.cvc": "cvc",
    "payment_instrument.holder": "holder",
    "country": "country",
}
_CARDS: Final = (
    ("4111 1111 1111 1111", "is approved up to 150.00"),
    (rules.CARD_PASSES_THREEDS, "asks the bank first"),
    (rules.CARD_FAILS_THREEDS, "asks the bank first"),
    (rules.CARD_FAILS_AUTHENTICATION, "is declined"),
)


def instrument(fields: Mapping[str, str], notification_url: str) -> dict[str, Any]:
    """The members of a payment's body that the card form fills in."""
    expiry = _EXPIRY.fullmatch(fields.get("expiry", ""))
    month, year = (int(expiry[1]), int(expiry[2])) if expiry else (0, 0)
    return {
        "payment_method": "card",
        "payment_instrument": {
            "pan": re.sub(r"[ -]", "", fields.get("pan", "")),
            "exp_month": month,
            "exp_year": year + 2000 if year < 100 else year,
            "cvc": fields.get("cvc", "").strip(),
            "holder": fields.get("holder", "").strip(),
        },
        "threeds2_data": {"notification_url": notification_url, "browser_info": _BROWSER},
    }


def card_form(action: str, amount: str, errors: Sequence[FieldError] = (), *, asks_country: bool = False) -> Markup:
    """The form, empty again after a mistake: what was typed is not told back."""
    found = {_INPUTS.get(error.field, ""): error.message for error in errors}
    general = [error.message for error in errors if error.field not in _INPUTS]
    return element(
        "form",
        *(element("p", text, class_="error", role="alert") for text in general),
        _input("pan", "Card number", found, inputmode="numeric", autocomplete="cc-number", maxlength="23"),
        element(
            "div",
            element("div", _input("expiry", "Expires (MM/YY)", found, autocomplete="cc-exp", maxlength="9")),
            element(
                "div", _input("cvc", "Code (CVC)", found, inputmode="numeric", autocomplete="cc-csc", maxlength="4")
            ),
            class_="pair",
        ),
        _input("holder", "Name on the card", found, autocomplete="cc-name", maxlength="32"),
        _input("country", "Country (two letters)", found, autocomplete="country", maxlength="2")
        if asks_country
        else "",
        element("button", f"Pay {amount}"),
        method="post",
        action=action,
    )


def cards_to_try() -> Markup:
    """What to type in here."""
    return element("details", element("summary", "Test cards"), facts((_grouped(pan), what) for pan, what in _CARDS))


def _input(name: str, label: str, errors: Mapping[str, str], **attributes: str) -> Markup:
    message = errors.get(name)
    given = element(
        "input",
        id=name,
        name=name,
        required="",
        autofocus="" if message and name == next(iter(errors)) else None,
        aria_invalid="true" if message else None,
        aria_describedby=f"{name}-error" if message else None,
        **attributes,
    )
    complaint = element("p", message, id=f"{name}-error", class_="error", role="alert") if message else ""
    return join((element("label", label, for_=name), given, complaint))


def _grouped(pan: str) -> str:
    return pan if " " in pan else " ".join(pan[start : start + 4] for start in range(0, len(pan), 4))
