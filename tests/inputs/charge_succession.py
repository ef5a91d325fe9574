"""What may continue a charge, given wrongly; the rest of `charge_fields`."""

from __future__ import annotations

from tests.inputs.cards import LIVE_PAN, OTHER_PAN, SPACED
from tests.inputs.charge_fields import ODD, Bad
from tests.unit.contract.builders import (
    ABSENT,
    CARD,
    PAN,
    PAYMENT_ID,
    reference_fields,
    threeds_fields,
)

#: Another published test card.
OTHER = {**CARD, "pan": OTHER_PAN}
REFERENCE = {"payment_id": PAYMENT_ID}

BACKUP = [
    *(Bad({"backup": given}, "backup", "instrument_type") for given in ("card", PAN, 1, [OTHER], True, ODD)),
    *(Bad({"backup": given}, "backup", "instrument_missing") for given in ({}, {"pan": ""}, {"payment_id": None})),
    Bad({"backup": {**OTHER, **REFERENCE}}, "backup.payment_id", "instrument_ambiguous"),
    Bad({"backup": {"payment_id": "77"}}, "backup.payment_id", "payment_id_format"),
    Bad({"backup": {"payment_id": PAN}}, "backup.payment_id", "payment_id_format"),
    Bad({"backup": {**OTHER, "pan": SPACED}}, "backup.pan", "card_number_format"),
    Bad({"backup": {**OTHER, "pan": LIVE_PAN}}, "backup.pan", "card_number_live_in_test"),
    Bad({"backup": {**OTHER, "cvc": "12"}}, "backup.cvc", "card_cvc_length"),
    Bad({"backup": {**OTHER, "exp_month": 13}}, "backup.exp_month", "card_expiry_month"),
    Bad({"backup": {**OTHER, "exp_year": 2020}}, "backup.exp_year", "card_expired"),
    Bad({"backup": {**OTHER, "holder": f"O {PAN}"}}, "backup.holder", "card_number_in_text"),
    Bad({"backup": {**OTHER, "pam": PAN}}, "backup.pam", "field_unknown"),
    Bad({"backup": {**OTHER, PAN: "1"}}, "backup.?", "field_unknown"),
    Bad({"backup": dict(CARD)}, "backup", "backup_same"),
    Bad({"backup": {**CARD, "cvc": "321", "holder": "O P"}}, "backup", "backup_same"),
    Bad({"backup": REFERENCE}, "backup", "backup_same", reference_fields),
    Bad({"backup": OTHER, "settle": False}, "backup", "backup_combined"),
    Bad({"backup": OTHER, "mode": "two_phase"}, "backup", "backup_combined"),
    Bad({"backup": OTHER, "threeds2_data": threeds_fields()}, "backup", "backup_combined"),
]
NEEDS_CUSTOMER = [
    *(
        Bad({"needs_customer": given}, "needs_customer", "needs_customer_unknown")
        for given in ("Link", "link ", "email", True, False, 1, ["link"], {"link": 1}, PAN, ODD)
    ),
    Bad({"needs_customer": "link", "settle": False}, "needs_customer", "needs_customer_combined"),
    Bad({"needs_customer": "link", "mode": "two_phase"}, "needs_customer", "needs_customer_combined"),
    Bad({"needs_customer": "link", "description": ABSENT}, "description", "description_length"),
    Bad({"needs_customer": "link", "description": "k" * 236}, "description", "description_length"),
]
SUCCESSION = [*BACKUP, *NEEDS_CUSTOMER]
