"""Orders that continue an order whose bank has said no: another instrument, or a link on which its customer pays.

One order is one request at the gateway, so what is tried after a decline is an order of its own, a *successor*: sealed
beside the first, known by that one's name and a number which no caller can give, and sent by the same rules. The first
order, the *root*, ends as the last of its successors does. A parked order that two operators have sent once more is
continued in the same way, by a successor with what was sealed for the first.
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from producers.contract.commands import BRIDGE, Charge
from producers.contract.follow_ups import token_of
from producers.contract.links import LinkOrder

#: How an order may be continued: by another instrument, or by a link.
Way: TypeAlias = Literal["backup", "needs_customer"]
BACKUP: Final[Way] = "backup"
NEEDS_CUSTOMER: Final[Way] = "needs_customer"
#: Why a parked order is pending again: two operators have ordered that it be sent once more, as another order.
NEW_ATTEMPT: Final = "new_attempt"
#: The word for each in `further`, of a row as of a header.
WORDS: Final = {BACKUP: "backup", NEEDS_CUSTOMER: BRIDGE}

#: The numbers behind an order's name that its successors may have.
SUCCESSORS: Final = (2, 3)

_FURTHER: Final = re.compile(r"(.+)-a[0-9]+", re.ASCII)


def root_of(ref: str) -> str:
    """The order_id that a reference belongs to: of a further attempt the first's, else itself."""
    match = _FURTHER.fullmatch(ref)
    return match[1] if match else ref


def is_successor(order_id: str) -> bool:
    """Whether only an order that continues another is called so."""
    return _FURTHER.fullmatch(order_id) is not None


def successor_id(root: str, way: Way, *, has_backup: bool) -> str:
    """The order that continues `root` in that way. A link comes behind the backup, whether that was tried or not."""
    return f"{root}-a3" if way == NEEDS_CUSTOMER and has_backup else f"{root}-a2"


def attempt_id(order_id: str) -> str:
    """The order that sends a parked one once more. There is one at the most, and no other goes on for it."""
    return f"{order_id}-a2"


def ref_of(order_id: str, way: Way) -> str:
    """What the gateway knows it by: its order_id, or a token where it has none."""
    return token_of(order_id) if way == NEEDS_CUSTOMER else order_id


def backup_of(charge: Charge) -> Charge | None:
    """The order that charges the other instrument. It may go over to the link too."""
    if charge.backup is None:
        return None
    return Charge(
        successor_id(charge.order_id, BACKUP, has_backup=True),
        charge.amount,
        charge.country,
        charge.description,
        charge.backup,
        charge.account,
        charge.expires_at_ms,
        suffix=charge.suffix,
        needs_customer=charge.needs_customer,
        customer=charge.customer,
        customer_ip=charge.customer_ip,
    )


def bridge_of(charge: Charge) -> LinkOrder | None:
    """The order that makes the link."""
    if not charge.needs_customer:
        return None
    assert charge.description is not None  # `parse_charge` sees to that: a link has one
    return LinkOrder(
        successor_id(charge.order_id, NEEDS_CUSTOMER, has_backup=charge.backup is not None),
        charge.amount,
        charge.description,
        charge.country,
        account=charge.account,
        expires_at_ms=charge.expires_at_ms,
    )
