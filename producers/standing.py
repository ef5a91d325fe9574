"""How the disputes of an account stand, out of what the ledger remembers of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from producers.contract.chargebacks import ChargebackData
from producers.contract.events import decode
from producers.contract.fields import read_account
from producers.contract.form import Form
from producers.errors import InvalidCommand
from producers.moments import rfc3339
from producers.runtime.ledger import keys
from producers.runtime.ledger.disputes import LIFTED


@dataclass(frozen=True, slots=True)
class Standing:
    """A dispute in its latest status. `stops` are the payments and instruments that it keeps from being charged without
    a card; `lifted_at_ms` is when a human said that it stops nothing (ledger's clock), 0 if nobody did.
    """

    chargeback: ChargebackData
    stops: tuple[str, ...]
    lifted_at_ms: int


def questions(account: str) -> tuple[tuple[str, str], ...]:
    """What to ask the ledger for the two hashes of that account.

    Raises:
        InvalidCommand: no account can be called that.
    """
    form = Form({"account": account})
    name = form.read("account", read_account)
    if name is None:
        raise InvalidCommand(form.errors)
    return ("HGETALL", keys.disputes(name)), ("HGETALL", keys.stopped(name))


def standings(book: Mapping[bytes, bytes], stopped: Mapping[bytes, bytes]) -> list[Standing]:
    """All of them, newest first, from the two hashes."""
    stops: dict[bytes, list[str]] = {}
    for instrument, disputes in stopped.items():
        for dispute in disputes.split():
            stops.setdefault(dispute, []).append(instrument.decode())
    found = [
        Standing(data, tuple(sorted(stops.get(dispute, ()))), int(book.get(dispute + LIFTED.encode(), b"0")))
        for dispute, status in book.items()
        if isinstance(data := _told(book.get(dispute + b"/" + status)), ChargebackData)
    ]
    return sorted(found, key=lambda standing: standing.chargeback.created, reverse=True)


def standing_record(standing: Standing) -> dict[str, object]:
    """A dispute as programs get it: the same from the command line and over HTTP."""
    told = standing.chargeback
    return {
        "chargeback_id": told.chargeback_id,
        "status": told.status,
        "amount": told.amount,
        "currency": told.currency,
        "payment_id": told.payment_id,
        "order_id": told.order_id,
        "reference": told.reference,
        "reason": told.reason,
        "created": rfc3339(int(told.created.timestamp() * 1000)),
        "account": told.account,
        "stops": len(standing.stops),
        "lifted_at": rfc3339(standing.lifted_at_ms) if standing.lifted_at_ms else None,
    }


def _told(event: bytes | None) -> object:
    """What the event tells; fields that are no dispute's name have none."""
    return None if event is None else decode(event).data
