"""Reads what stands behind the `?` of an address: each name once, and none that is not known."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from starlette.requests import Request

from cardinity_client.client import PAGE_MAX
from producers.contract.fields import Refusal
from producers.contract.form import Form
from producers.errors import FieldError

T = TypeVar("T")

#: Digits of a number in a query.
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_LIMIT: Final = re.compile(r"[0-9]{1,3}")


def query_of(request: Request, known: Sequence[str]) -> Form:
    """The query as a form; whoever has read it raises its errors."""
    items = request.query_params.multi_items()
    form = Form(dict(items))
    form.refuse_others(known)
    names = [name for name, _ in items]
    form.errors += [FieldError(name, "field_duplicate", "is there twice") for name in known if names.count(name) > 1]
    return form


def given(form: Form, name: str, rule: Callable[[object], T], default: T) -> T:
    """The value by its rule, or `default` where the name is not there; there is no empty value."""
    if name not in form.values:
        return default
    value = form.read(name, rule)
    return default if value is None else value


def read_count(value: object) -> int:
    """A number of something that is counted from 1 on."""
    if isinstance(value, str) and _NUMBER.fullmatch(value) and int(value) >= 1:
        return int(value)
    raise Refusal("number_range", "must be a whole number from 1 to 999999999")


def read_yes(value: object) -> bool:
    """`true` or `false`."""
    if value not in ("true", "false"):
        raise Refusal("flag_type", "must be true or false")
    return value == "true"


def read_limit(value: object) -> int:
    """How many rows at the most."""
    if isinstance(value, str) and _LIMIT.fullmatch(value) and 1 <= int(value) <= PAGE_MAX:
        return int(value)
    raise Refusal("number_range", f"must be a whole number from 1 to {PAGE_MAX}")
