"""From a request to a record: judged when it comes, and judged again when it lands late."""

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.form import FieldError
from cardinity_client.sandbox.records.limits import Standing, problem, refusal_by_bank
from cardinity_client.sandbox.records.record import Kind, Record, record_created
from cardinity_client.sandbox.records.requests import WantedRecord, read_record
from cardinity_client.sandbox.wire import Answer, Payment, encode, identity, invalid, timestamp


@dataclass(frozen=True, slots=True)
class Recording:
    """A new record as a deed. `allowed` asks whether the payment allows it now."""

    account: Account
    record: Record
    allowed: Callable[[], bool]

    def answer(self) -> Answer:
        return record_created(self.record, encode(self.record))

    def land(self, at_ms: int) -> None:
        self.account.records.put_at(self.record, at_ms)

    def holds(self) -> bool:
        return self.allowed()

    def processing(self) -> "Recording | None":
        """A decline can be slow too: what the bank will say is not known yet."""
        if self.record.type in ("chargeback", "rdr"):
            return None
        return self._with(replace(self.record, status="processing", error=None))

    def declined(self, error: str, _advice: str | None) -> "Recording":
        return self._with(replace(self.record, status="declined", error=error))

    def again(self) -> "Recording | None":
        """The second delivery is judged like any other request: what was there is taken already."""
        if not self.allowed():
            return None
        first = self.record
        nth = self.account.tallies.posts(first.type, first.parent_id, first.description)
        twin_id = _identity(self.account, first.type, first.parent_id, first.description, -nth)
        return self._with(replace(first, id=twin_id))

    def _with(self, record: Record) -> "Recording":
        return Recording(self.account, record, self.allowed)


def recording(account: Account, kind: Kind, payment: Payment, document: object, late_ms: int = 0) -> Recording | Answer:
    """What a body asks for, `late_ms` from now; an answer when it is refused."""
    wanted = read_record(kind, payment, document)
    if not isinstance(wanted, WantedRecord):
        return invalid(wanted)
    settings = account.settings

    def excess() -> FieldError | None:
        if not settings.sums_guarded:
            return None
        standing = _standing(account, payment)
        return problem(kind, wanted, standing, several_settlements=settings.several_settlements)

    found = excess()
    if found is not None and settings.excess_status == 400:
        return invalid((found,))
    no = refusal_by_bank(kind, wanted, _standing(account, payment), hold_days=settings.hold_days)
    if found is not None:
        no = f"3000: {found.message}"
    record = _record(account, kind, payment, wanted, account.now_ms() + late_ms)
    if no is not None:
        record = replace(record, status="declined", error=no)
    return Recording(account, record, lambda: excess() is None)


def _record(account: Account, kind: Kind, payment: Payment, wanted: WantedRecord, at_ms: int) -> Record:
    """Approved, as long as nobody says no."""
    nth = account.tallies.posts(kind, payment.id, wanted.description)
    return Record(
        id=_identity(account, kind, payment.id, wanted.description, nth),
        amount=None if wanted.amount is None else wanted.amount.text,
        currency=None if wanted.amount is None else wanted.amount.currency,
        type=kind,
        created=timestamp(at_ms),
        live=False,
        parent_id=payment.id,
        status="approved",
        reason=wanted.reason,
        order_id=payment.order_id,
        description=wanted.description,
        case_id=wanted.case_id,
        arn=wanted.arn,
    )


def _identity(account: Account, kind: Kind, parent_id: str, description: str | None, nth: int) -> str:
    return identity(account.settings.seed, f"{kind}\x1f{parent_id}\x1f{description}", nth)


def _standing(account: Account, payment: Payment) -> Standing:
    """As it is now: a charge that is still in processing may be approved by the time a record lands."""
    return Standing(
        account.book.get(payment.id) or payment,
        account.clock.age_ms(account.book.landed_ms(payment.id)),
        lambda kind: account.records.of_payment(kind, payment.id),
    )
