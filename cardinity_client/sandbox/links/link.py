"""The payment link object, and what the bodies that make or change one may say."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec

from cardinity_client.money import EXPONENTS, Money
from cardinity_client.sandbox.amounts import read_amount
from cardinity_client.sandbox.exchange import MALFORMED
from cardinity_client.sandbox.form import MALFORMED_BODY, FieldError, Form

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_DESCRIPTION: Final = re.compile(r".{1,255}", re.DOTALL)
_EXPIRY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z", re.ASCII)
_DAY_MS: Final = 24 * 60 * 60 * 1000


class Link(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """The object, member for member. It never tells whether it was paid."""

    id: str
    url: str
    amount: str
    currency: str
    country: str | None = None
    description: str
    expiration_date: str
    # Always told, so without a default.
    multiple_use: bool
    enabled: bool
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """The time a link may live, in days from now."""

    now_ms: int
    default_days: int
    max_days: int


@dataclass(frozen=True, slots=True)
class WantedLink:
    """A valid request for a new link."""

    amount: Money
    description: str
    country: str | None
    expires_ms: int
    multiple_use: bool


@dataclass(frozen=True, slots=True)
class WantedUpdate:
    """A valid change; None leaves as it is."""

    expires_ms: int | None
    enabled: bool | None


def read_link(document: object, span: Span) -> WantedLink | tuple[FieldError, ...]:
    """Validates the body of POST /paymentLinks; every bad field is named at once."""
    form = _form(document)
    if not isinstance(form, Form):
        return form
    currency = form.choice("currency", EXPONENTS, "invalid or unsupported currency")
    given_ms = _expiry(form, span)
    wanted = WantedLink(
        amount=read_amount(form, currency),
        description=form.text("description", _DESCRIPTION, "must have 1 to 255 characters"),
        country=form.text_or_none("country", _COUNTRY, "must be an ISO 3166-1 alpha-2 code"),
        expires_ms=span.now_ms + span.default_days * _DAY_MS if given_ms is None else given_ms,
        multiple_use=form.flag("multiple_use", default=False),
    )
    return tuple(form.errors) or wanted


def read_update(document: object, span: Span) -> WantedUpdate | tuple[FieldError, ...]:
    """Validates the body of PATCH /paymentLinks/{id}: the expiry, or whether it is enabled, or both."""
    form = _form(document)
    if not isinstance(form, Form):
        return form
    if form.value("expiration_date") is None and form.value("enabled") is None:
        return (FieldError("expiration_date", None, "expiration_date or enabled is required"),)
    enabled = None if form.value("enabled") is None else form.flag("enabled", default=True)
    wanted = WantedUpdate(_expiry(form, span), enabled)
    return tuple(form.errors) or wanted


def _form(document: object) -> Form | tuple[FieldError, ...]:
    if document is MALFORMED:
        return MALFORMED_BODY
    return Form(document) if isinstance(document, dict) else (FieldError("body", None, "must be a JSON object"),)


def _expiry(form: Form, span: Span) -> int | None:
    """Epoch milliseconds; None when nothing was said, or nothing that can be used."""
    text = form.text_or_none("expiration_date", _EXPIRY, "must be a UTC time like 2026-02-01T12:00:00Z")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    except ValueError:
        form.refuse("expiration_date", "must be a UTC time like 2026-02-01T12:00:00Z")
        return None
    expires_ms = round(at.timestamp() * 1000)
    if expires_ms <= span.now_ms:
        form.refuse("expiration_date", "must be in the future")
    elif expires_ms > span.now_ms + span.max_days * _DAY_MS:
        form.refuse("expiration_date", f"must be within {span.max_days} days")
    return expires_ms
