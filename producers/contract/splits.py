"""A payment that is shared between several recipients: one instrument, one total, one charge per part.

Parts have amounts that add up to the total, or shares of it. By shares each part gets its share rounded down to a minor
unit, and the units that are left go one by one to the parts that lost most by the rounding, the earlier one first where
two lost the same: 100.00 by 1:1:1 is 33.34, 33.33 and 33.33.

Each part is an order of its own, named by the split and its number: `INV-7.1`, `INV-7.2`, ... Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from cardinity_client.money import Money
from producers.contract.card_fields import Mode
from producers.contract.commands import FIELDS as CHARGE_FIELDS
from producers.contract.commands import Charge, parse_charge
from producers.contract.fields import (
    ORDER_ID_MAX,
    Refusal,
    is_absent,
    read_account,
    read_amount,
    read_currency,
    read_description,
    read_order_id,
)
from producers.contract.form import Form
from producers.errors import FieldError, InvalidCommand

#: Recipients of one payment.
PARTS_MIN, PARTS_MAX = 2, 50
#: Orders by which one part may be given back, one after the other.
UNDOS_MAX: Final = 4
#: Characters of a split's name: what names its parts, and what takes them back, must fit into an order_id.
SPLIT_ID_MAX: Final = ORDER_ID_MAX - len(".50-r4")
#: The greatest share; shares are weights, so percents and per mille do as well as 1:1:1.
SHARE_MAX: Final = 1_000_000

#: What each part takes from the whole as it stands.
_COMMON: Final = tuple(
    name
    for name in CHARGE_FIELDS
    if name not in ("order_id", "amount", "mode", "threeds2_data", "backup", "needs_customer")
)
FIELDS: Final = ("split_id", "total", *_COMMON, "parts", "all_or_nothing")
PART_FIELDS: Final = ("recipient", "amount", "share", "description", "account")

_RECIPIENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Part:
    """What one recipient gets, and the charge by which."""

    recipient: str
    charge: Charge


@dataclass(frozen=True, slots=True)
class Split:
    """Take `total` in parts. With `all_or_nothing` the approved parts are given back once another has failed."""

    split_id: str
    total: Money
    all_or_nothing: bool
    parts: tuple[Part, ...]


def part_id(split_id: str, number: int) -> str:
    """The order_id of a part; the first is 1."""
    return f"{split_id}.{number}"


def undo_ids(order_id: str) -> tuple[str, ...]:
    """The orders that give a part back, or let its hold go: the first, and those that are tried where it was not."""
    return (f"{order_id}-r", *(f"{order_id}-r{number}" for number in range(2, UNDOS_MAX + 1)))


def shared(total: Money, shares: Sequence[int]) -> tuple[Money, ...]:
    """The total by shares, every minor unit of it (see above)."""
    whole = sum(shares)
    parts = [divmod(total.minor * share, whole) for share in shares]
    left = total.minor - sum(minor for minor, _ in parts)
    most_lost = sorted(range(len(parts)), key=lambda index: -parts[index][1])[:left]
    return tuple(Money(minor + (index in most_lost), total.currency) for index, (minor, _) in enumerate(parts))


def parse_split(mapping: Mapping[str, object], *, now_ms: int, mode: Mode) -> Split:
    """The split these fields mean.

    Raises:
        InvalidCommand: with one `FieldError` per wrong field.
    """
    if not isinstance(mapping, Mapping):
        raise InvalidCommand([FieldError("", "payload_type", "expected the fields of a split by their names")])
    form = Form(mapping)
    split_id = form.read("split_id", _read_split_id)
    currency = form.read("currency", read_currency)
    total = None if currency is None else form.read("total", partial(read_amount, currency=currency))
    all_or_nothing = form.read("all_or_nothing", _read_all_or_nothing)
    lines = form.read("parts", _read_parts) or []
    parts = _parts(form, lines, total)
    form.refuse_others(FIELDS)
    # What all parts have in common is read once, in the place of one of them.
    pattern = _pattern(form, mapping, total, now_ms, mode)
    if form.errors or split_id is None or total is None or pattern is None:
        raise InvalidCommand(form.errors)
    charges = (_charge(pattern, part_id(split_id, number), line) for number, line in enumerate(parts, start=1))
    return Split(
        split_id,
        total,
        all_or_nothing is True,
        tuple(Part(line.recipient, charge) for line, charge in zip(parts, charges, strict=True)),
    )


@dataclass(frozen=True, slots=True)
class _Line:
    recipient: str
    amount: Money
    description: str | None
    account: str | None


def _parts(form: Form, lines: Sequence[Mapping[str, object]], total: Money | None) -> list[_Line]:
    inner = [Form(line, f"parts[{index}].", form.errors) for index, line in enumerate(lines)]
    by_share = [part.gives("share") for part in inner]
    if any(by_share) and not all(by_share):
        form.refuse("parts", "parts_mixed", "give every part an amount, or every part a share")
        return []
    recipients = _recipients(inner)
    amounts = _by_share(inner, total) if any(by_share) else _by_amount(form, inner, total)
    read = [
        (part.read_if_given("description", read_description), part.read_if_given("account", read_account))
        for part in inner
    ]
    for part in inner:
        part.refuse_others(PART_FIELDS)
    return [
        _Line(recipient, amount, description, account)
        for recipient, amount, (description, account) in zip(recipients, amounts, read, strict=False)
    ]


def _recipients(parts: Sequence[Form]) -> list[str]:
    seen: list[str] = []
    for part in parts:
        recipient = part.read("recipient", _read_recipient)
        if recipient in seen:
            part.refuse("recipient", "recipient_repeated", "has a part already: give it one amount")
        seen.append(recipient or "")
    return seen


def _by_amount(form: Form, parts: Sequence[Form], total: Money | None) -> list[Money]:
    if total is None:
        return []
    read = [part.read("amount", partial(read_amount, currency=total.currency)) for part in parts]
    amounts = [amount for amount in read if amount is not None]
    if parts and len(amounts) == len(parts) and sum(amount.minor for amount in amounts) != total.minor:
        form.refuse("parts", "parts_sum", "must add up to the total")
    return amounts


def _by_share(parts: Sequence[Form], total: Money | None) -> list[Money]:
    for part in parts:
        if part.gives("amount"):
            part.refuse("amount", "parts_mixed", "stands beside a share; give one of the two")
    read = [part.read("share", _read_share) for part in parts]
    shares = [share for share in read if share is not None]
    if total is None or len(shares) < len(parts):
        return []
    amounts = shared(total, shares)
    for part, amount in zip(parts, amounts, strict=True):
        part.read("share", partial(_large_enough, amount=amount))
    return list(amounts)


def _pattern(form: Form, mapping: Mapping[str, object], total: Money | None, now_ms: int, mode: Mode) -> Charge | None:
    common = {name: mapping[name] for name in _COMMON if name in mapping}
    amount = total.text if total is not None else None
    try:
        return parse_charge({**common, "order_id": "SPLIT", "amount": amount}, now_ms=now_ms, mode=mode)
    except InvalidCommand as invalid:
        told = {(error.field, error.code) for error in form.errors}
        form.errors += [
            error
            for error in invalid.errors
            if error.field not in ("amount", "order_id") and (error.field, error.code) not in told
        ]
        return None


def _charge(pattern: Charge, order_id: str, line: _Line) -> Charge:
    return Charge(
        order_id,
        line.amount,
        pattern.country,
        line.description or pattern.description,
        pattern.instrument,
        line.account or pattern.account,
        pattern.expires_at_ms,
        settle=pattern.settle,
        suffix=pattern.suffix,
        customer=pattern.customer,
        customer_ip=pattern.customer_ip,
    )


def _read_split_id(value: object) -> str:
    split_id = read_order_id(value)
    if len(split_id) > SPLIT_ID_MAX:
        raise Refusal("order_id_length", f"must be at most {SPLIT_ID_MAX} characters: its parts are named by it")
    return split_id


def _read_all_or_nothing(value: object) -> bool:
    if is_absent(value):
        return False
    if isinstance(value, bool):
        return value
    raise Refusal("all_or_nothing_type", "must be true or false")


def _read_parts(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise Refusal("parts_type", "must be a list of parts")
    if not PARTS_MIN <= len(value) <= PARTS_MAX:
        raise Refusal("parts_count", f"must be {PARTS_MIN} to {PARTS_MAX} parts")
    if not all(isinstance(part, Mapping) for part in value):
        raise Refusal("parts_type", "each part must be an object")
    return list(value)


def _read_recipient(value: object) -> str:
    if isinstance(value, str) and _RECIPIENT.fullmatch(value):
        return value
    raise Refusal("recipient_format", "must be 1 to 64 of A-Z a-z 0-9 . _ -, no mark first")


def _large_enough(_: object, amount: Money) -> None:
    read_amount(amount.text, amount.currency)


def _read_share(value: object) -> int:
    if type(value) is not int or not 1 <= value <= SHARE_MAX:
        raise Refusal("share_range", f"must be a whole number from 1 to {SHARE_MAX}")
    return value
