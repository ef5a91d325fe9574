"""Command lines that ask the gateway, and those of the hosted page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from tests.application import DOORS
from tests.inputs.doors import notifications
from tests.inputs.doors.command_line import Given, knock
from tests.inputs.rows import Complaint, Row
from tests.unit.contract.builders import PAN, PAYMENT_ID

__all__ = ["ROWS", "knock"]

_PAGE: Final[Mapping[str, str]] = {
    "--order-id": "ORD-1",
    "--amount": "25.50",
    "--currency": "EUR",
    "--country": "LT",
    "--description": "Blue kettle",
    "--return-url": "https://shop.example/paid",
}
_FIELDS: Final[list[tuple[str, str, str, str]]] = [
    ("--order-id", "a b", "order_id_charset", "order_id"),
    ("--order-id", PAN, "card_number_in_text", "order_id"),
    ("--amount", "25.5", "amount_scale", "amount"),
    ("--currency", "eur", "currency_unknown", "currency"),
    ("--country", "UK", "country_unknown", "country"),
    ("--description", "giftorder_id77", "value_shifted", "description"),
    ("--description", f"for {PAN}", "card_number_in_text", "description"),
    ("--return-url", "javascript:alert(1)", "url_format", "return_url"),
    ("--cancel-url", "shop.example", "url_format", "cancel_url"),
    ("--notification-url", PAN, "url_format", "notification_url"),
    ("--language", "lt", "language_format", "language"),
    ("--mobile-phone-number", "call me", "phone_format", "mobile_phone_number"),
]
_USAGE: Final[list[tuple[tuple[str, ...], str]]] = [
    (("payments",), ""),
    (("payments", PAN), ""),
    (("payments", "show"), "payment_id"),
    (("payments", "show", PAYMENT_ID, PAN), ""),
    (("payments", "list", PAN), ""),
    (("payments", "list", "--limit", "0"), "--limit"),
    (("payments", "list", "--limit", "101"), "--limit"),
    (("payments", "list", "--limit", PAN), "--limit"),
    (("payments", "follow-ups"), "payment_id"),
    (("hosted-page",), ""),
    (("hosted-page", PAN), ""),
    (("hosted-page", "form"), "--order-id"),
    (("hosted-page", "read"), "file"),
    (("hosted-page", "read", "-", PAN), ""),
]


def _rows() -> Iterator[Row]:
    for number, (words, field) in enumerate(_USAGE):
        yield Row(f"usage: {' '.join(words)[:40]} {number}", Given((*words, "--json")), "usage", field)
    yield from _asking()
    for number, (option, value, code, field) in enumerate(_FIELDS):
        options = [word for pair in {**_PAGE, option: value}.items() for word in pair]
        yield Row(f"form: {code} {number}", Given(("hosted-page", "form", "--json", *options), env=DOORS), code, field)
    read = ("hosted-page", "read", "--json")
    for row in notifications.ROWS:
        if not row.given.is_webhook:
            yield row._replace(given=Given((*read, "-"), row.given.body, DOORS), name=f"read: {row.name}")
    good = [word for pair in _PAGE.items() for word in pair]
    for name, words in (("form", ("hosted-page", "form", "--json", *good)), ("read", (*read, "-"))):
        yield Row(f"{name}: no project", Given(words, b"amount=1"), "hosted_page_off")
    yield Row("read: no file", Given((*read, "/nowhere"), env=DOORS), "file_missing")
    yield Row("read: a card for a file", Given((*read, PAN), env=DOORS), "file_missing", says="is not shown")


def _asking() -> Iterator[Row]:
    for command in ("show", "follow-ups"):
        for number, payment_id in enumerate(("nope", PAN, "../voids", PAYMENT_ID.upper(), "", "\udcff", "x" * 5000)):
            given = Given(("payments", command, "--json", "--", payment_id))
            yield Row(f"{command}: {number}", given, "payment_id_format", "payment_id")
    for words in (("list",), ("show", PAYMENT_ID), ("follow-ups", PAYMENT_ID)):
        for account, code in (("a b", "account_format"), (PAN, "card_number_in_text")):
            given = Given(("payments", *words, "--json", f"--account={account}"))
            yield Row(f"{words[0]}: account {code}", given, code, "account")
        given = Given(("payments", *words, "--json", "--account=other"))
        yield Row(f"{words[0]}: an account that is not listed", given, "account_unlisted", "ACCOUNTS_FILE")
        bare = Given(("payments", *words, "--json"))
        yield Row(f"{words[0]}: no credentials", bare, "setting_missing", "CARDINITY_CONSUMER_KEY", "", _MISSING)


#: What else a process without credentials of the gateway lacks to be a worker.
_MISSING: Final[tuple[Complaint, ...]] = (
    ("setting_missing", "PRODUCERS_FILE"),
    ("setting_missing", "SEAL_PRIVATE_KEYS_FILE"),
    ("secret_missing", "CARDINITY_CONSUMER_SECRET"),
)

ROWS = [*_rows()]
