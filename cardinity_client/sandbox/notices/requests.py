"""What the admin can have sent: which objects, how often, how late, and in which order. Pure."""

import random
from typing import Final, Literal

import msgspec

from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.notices.messages import Notice, form_notice, json_notice
from cardinity_client.sandbox.settings import SandboxSettings
from cardinity_client.sandbox.wire import Payment

COPIES_MAX: Final = 100
DELAY_MS_MAX: Final = 60_000
IDS_MAX: Final = 1000


class Dispatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One order to the postman.

    `ids` are payments and their records. `states` chooses between the present state of each and all it was in, in
    their order. Every notice goes out `copies` times; `order` says in which order they go, after `delay_ms`.
    """

    url: str
    ids: list[str]
    scheme: Literal["form", "json"] = "json"
    states: Literal["last", "all"] = "last"
    copies: int = 1
    order: Literal["given", "reversed", "shuffled"] = "given"
    delay_ms: int = 0

    def __post_init__(self) -> None:
        if not self.ids or len(self.ids) > IDS_MAX:
            raise ValueError(f"needs 1 to {IDS_MAX} ids")
        if not 1 <= self.copies <= COPIES_MAX:
            raise ValueError(f"copies must be between 1 and {COPIES_MAX}")
        if not 0 <= self.delay_ms <= DELAY_MS_MAX:
            raise ValueError(f"delay_ms must be between 0 and {DELAY_MS_MAX}")


def notices(account: Account, dispatch: Dispatch) -> list[Notice] | str:
    """The notices in the order they go out; a string names an id that is not known."""
    found: list[Notice] = []
    for object_id in dispatch.ids:
        states = account.book.states(object_id)
        record = account.records.find(object_id)
        if not states and record is None:
            return "ids must be those of payments, refunds or settlements"
        told = states if dispatch.states == "all" else states[-1:]
        made = [_notice(state, dispatch.scheme, account.settings) for state in told]
        if record is not None and dispatch.scheme == "json":
            made.append(json_notice(record, account.settings))
        found += [notice for notice in made if notice is not None]
    return _ordered(found * dispatch.copies, dispatch, account.settings.seed)


def _notice(payment: Payment, scheme: str, settings: SandboxSettings) -> Notice | None:
    return form_notice(payment, settings) if scheme == "form" else json_notice(payment, settings)


def _ordered(found: list[Notice], dispatch: Dispatch, seed: int) -> list[Notice]:
    if dispatch.order == "reversed":
        return found[::-1]
    if dispatch.order == "shuffled":
        return random.Random(seed).sample(found, len(found))  # noqa: S311 - it has to repeat with its seed
    return found
