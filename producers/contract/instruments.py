"""What a charge takes its money from, from untrusted words to a value: a card, the token of one, or an earlier payment
that names one.

The instrument may be nested as in the gateway's own request (`payment_instrument`, `payment_method`) or flat as in
batch files. The one behind it, `backup`, is always nested.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from cardinity_client.models.payments import Card, PaymentReference
from cardinity_client.secret import Secret
from producers.contract.card_fields import (
    MOTO_PREFIX,
    Mode,
    check_expiry,
    read_cvc,
    read_exp_month,
    read_exp_year,
    read_holder,
    read_pan,
)
from producers.contract.fields import ACCOUNT_DEFAULT, read_payment_id
from producers.contract.form import Form
from producers.contract.tokens import CardToken, is_within, read_token

Instrument: TypeAlias = Card | CardToken | PaymentReference

CARD: Final = ("pan", "exp_month", "exp_year", "cvc", "holder")
#: What a token stands for: all of a card but what its holder types each time.
_IN_TOKEN: Final = ("pan", "exp_month", "exp_year", "holder")
INSTRUMENT: Final = (*CARD, "payment_id", "token")
#: The field of the instrument that is tried when the bank has declined the first.
BACKUP_FIELD: Final = "backup"


def read_instrument(form: Form, now_ms: int, mode: Mode) -> Instrument | None:
    """The charge's own; None, with what is wrong kept, when it is none."""
    nested = form.values.get("payment_instrument")
    if nested is None:
        return _with_method(form, form, now_ms, mode)
    if any(form.gives(name) for name in INSTRUMENT):
        form.refuse("payment_instrument", "instrument_ambiguous", "stands beside fields of another instrument")
    elif not isinstance(nested, Mapping):
        form.refuse("payment_instrument", "instrument_type", "must be an object")
    else:
        inner = Form(nested, "payment_instrument.", form.errors)
        instrument = _with_method(form, inner, now_ms, mode)
        inner.refuse_others(INSTRUMENT)
        return instrument
    return None


def read_backup(form: Form, first: Instrument | None, now_ms: int, mode: Mode) -> Instrument | None:
    """The one behind `first`; None when it is not given, or with what is wrong kept."""
    if not form.gives(BACKUP_FIELD):
        return None
    nested = form.values[BACKUP_FIELD]
    if not isinstance(nested, Mapping):
        form.refuse(BACKUP_FIELD, "instrument_type", "must be an object")
        return None
    inner = Form(nested, f"{BACKUP_FIELD}.", form.errors)
    instrument = _card_or_reference(form, inner, BACKUP_FIELD, now_ms, mode)
    inner.refuse_others(INSTRUMENT)
    if instrument is not None and first is not None and _is_same(instrument, first):
        form.refuse(BACKUP_FIELD, "backup_same", "must be another instrument than the one that it stands behind")
    return instrument


def read_card_to_keep(form: Form, now_ms: int, mode: Mode) -> Card | None:
    """A card without its CVC, for a token; None, with what is wrong kept, when it is none."""
    return _read_card(form, now_ms, mode, None)


def _is_same(one: Instrument, other: Instrument) -> bool:
    match one, other:
        case Card(pan=pan), Card(pan=other_pan):
            return pan.reveal() == other_pan.reveal()
        case CardToken(token=token), CardToken(token=other_token):
            return token.token_id == other_token.token_id
        case _:
            return one == other


def _with_method(form: Form, inner: Form, now_ms: int, mode: Mode) -> Instrument | None:
    by_card = inner.gives("token") or any(inner.gives(name) for name in CARD)
    method = form.values.get("payment_method")
    if form.gives("payment_method") and not (isinstance(method, str) and method in ("card", "recurring")):
        form.refuse("payment_method", "method_unknown", 'must be "card" or "recurring"')
    elif by_card != inner.gives("payment_id") and method == ("recurring" if by_card else "card"):
        form.refuse("payment_method", "instrument_ambiguous", "does not agree with the instrument given")
    return _card_or_reference(form, inner, "payment_instrument", now_ms, mode)


def _card_or_reference(form: Form, inner: Form, name: str, now_ms: int, mode: Mode) -> Instrument | None:
    if inner.gives("token"):
        return _by_token(form, inner, now_ms, mode)
    match any(inner.gives(part) for part in CARD), inner.gives("payment_id"):
        case True, True:
            inner.refuse("payment_id", "instrument_ambiguous", "stands beside a card; give one of the two")
        case False, False:
            form.refuse(name, "instrument_missing", "give a card (pan, ...), a token or a payment_id")
        case False, True:
            payment_id = inner.read("payment_id", read_payment_id)
            return None if payment_id is None else PaymentReference(payment_id)
        case _:
            return _card(form, inner, now_ms, mode)
    return None


def _by_token(form: Form, inner: Form, now_ms: int, mode: Mode) -> CardToken | None:
    if any(inner.gives(part) for part in (*_IN_TOKEN, "payment_id")):
        inner.refuse("token", "instrument_ambiguous", "stands beside another instrument; only a cvc may stand there")
        return None
    token = inner.read("token", read_token)
    cvc = inner.read("cvc", partial(read_cvc, optional=_is_by_mail_or_phone(form)))
    if token is None:
        return None
    inner.read("token", lambda _: check_expiry(token.exp_year, token.exp_month, now_ms))
    account = form.values.get("account") if form.gives("account") else ACCOUNT_DEFAULT
    if not is_within(token.scope, account=str(account), mode=mode):
        inner.refuse("token", "token_scope", "was made for another account, or for the other of test and live")
    return CardToken(token, cvc)


def _card(form: Form, inner: Form, now_ms: int, mode: Mode) -> Card | None:
    return _read_card(inner, now_ms, mode, partial(read_cvc, optional=_is_by_mail_or_phone(form)))


def _read_card(
    form: Form, now_ms: int, mode: Mode, cvc_rule: Callable[[object], Secret[str] | None] | None
) -> Card | None:
    pan = form.read("pan", partial(read_pan, mode=mode))
    month = form.read("exp_month", read_exp_month)
    year = form.read("exp_year", partial(read_exp_year, now_ms=now_ms))
    if month is not None and year is not None:
        form.read("exp_year", lambda _: check_expiry(year, month, now_ms))
    cvc = form.read("cvc", cvc_rule) if cvc_rule else None
    holder = form.read("holder", read_holder)
    if pan is None or month is None or year is None or holder is None:
        return None
    return Card(pan, month, year, cvc, holder)


def _is_by_mail_or_phone(form: Form) -> bool:
    description = form.values.get("description")
    return isinstance(description, str) and description.startswith(MOTO_PREFIX)
