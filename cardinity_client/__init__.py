"""Speaks to the Cardinity gateway. It knows no queue, no database and no metrics.

`CardinityClient.create_payment` charges once and always ends in one of the values of `Answer`.
"""

from cardinity_client.answers import (
    AccountProblem,
    Answer,
    Approved,
    Declined,
    FieldFault,
    Pending,
    RateLimited,
    Rejected,
    Unknown,
    Unsent,
)
from cardinity_client.client import CardinityClient
from cardinity_client.errors import (
    CardinityError,
    GatewayReadError,
    MoneyError,
    PaymentNotFound,
    ReadInvalid,
    ReadRefused,
    ReadUnavailable,
    SettingsInvalid,
)
from cardinity_client.hooks import NO_HOOKS, Hooks
from cardinity_client.models import Card, CreatePayment, Page, Payment, PaymentReference, PaymentStatus
from cardinity_client.money import EXPONENTS, Money
from cardinity_client.secret import Secret
from cardinity_client.settings import ClientSettings

__all__ = [
    "EXPONENTS",
    "NO_HOOKS",
    "AccountProblem",
    "Answer",
    "Approved",
    "Card",
    "CardinityClient",
    "CardinityError",
    "ClientSettings",
    "CreatePayment",
    "Declined",
    "FieldFault",
    "GatewayReadError",
    "Hooks",
    "Money",
    "MoneyError",
    "Page",
    "Payment",
    "PaymentNotFound",
    "PaymentReference",
    "PaymentStatus",
    "Pending",
    "RateLimited",
    "ReadInvalid",
    "ReadRefused",
    "ReadUnavailable",
    "Rejected",
    "Secret",
    "SettingsInvalid",
    "Unknown",
    "Unsent",
]
