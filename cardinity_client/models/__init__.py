"""What the wire says, as values."""

from cardinity_client.models.payments import (
    Card,
    CreatePayment,
    Page,
    Payment,
    PaymentReference,
    PaymentStatus,
)

__all__ = ["Card", "CreatePayment", "Page", "Payment", "PaymentReference", "PaymentStatus"]
