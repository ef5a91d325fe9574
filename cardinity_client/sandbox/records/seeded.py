"""What the vendor's own test accounts always have: a payment with a chargeback."""

from cardinity_client.sandbox.records.record import Record
from cardinity_client.sandbox.wire import Instrument, Payment, identity, timestamp

_ORDER = "seeded"


def seeded(seed: int, at_ms: int) -> tuple[Payment, Record]:
    """The two objects; the same for the same seed, but for their time."""
    payment = Payment(
        id=identity(seed, _ORDER, 0),
        amount="10.00",
        currency="EUR",
        created=timestamp(at_ms),
        type="purchase",
        live=False,
        status="approved",
        order_id=_ORDER,
        country="LT",
        payment_method="card",
        payment_instrument=Instrument("Visa", "1111", 2031, 4, "Ona Petraityte"),
    )
    chargeback = Record(
        id=identity(seed, f"{_ORDER}\x1fchargeback", 0),
        amount=payment.amount,
        currency=payment.currency,
        type="chargeback",
        created=payment.created,
        live=False,
        parent_id=payment.id,
        status="approved",
        reason="10.4: Other Fraud",
        order_id=_ORDER,
        description="First chargeback",
    )
    return payment, chargeback
