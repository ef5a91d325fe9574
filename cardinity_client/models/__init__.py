"""What the wire says, as values."""

from cardinity_client.models.disputes import Chargeback, DisputeStatus, Rdr
from cardinity_client.models.follow_ups import (
    CreateRefund,
    CreateSettlement,
    CreateVoid,
    FollowUpStatus,
    Listing,
    Refund,
    Settlement,
    Void,
)
from cardinity_client.models.links import CreatePaymentLink, DeletePaymentLink, PaymentLink, UpdatePaymentLink
from cardinity_client.models.payments import (
    Card,
    CreatePayment,
    FinalizePayment,
    Page,
    Payment,
    PaymentReference,
    PaymentStatus,
)
from cardinity_client.models.threeds import (
    Address,
    AuthorizeData,
    BrowserInfo,
    CardholderInfo,
    ChallengeResult,
    ThreedsRequest,
    ThreedsV1,
    ThreedsV2,
    WindowSize,
)

__all__ = [
    "Address",
    "AuthorizeData",
    "BrowserInfo",
    "Card",
    "CardholderInfo",
    "ChallengeResult",
    "Chargeback",
    "CreatePayment",
    "CreatePaymentLink",
    "CreateRefund",
    "CreateSettlement",
    "CreateVoid",
    "DeletePaymentLink",
    "DisputeStatus",
    "FinalizePayment",
    "FollowUpStatus",
    "Listing",
    "Page",
    "Payment",
    "PaymentLink",
    "PaymentReference",
    "PaymentStatus",
    "Rdr",
    "Refund",
    "Settlement",
    "ThreedsRequest",
    "ThreedsV1",
    "ThreedsV2",
    "UpdatePaymentLink",
    "Void",
    "WindowSize",
]
