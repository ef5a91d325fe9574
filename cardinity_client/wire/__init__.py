"""The gateway's JSON: what is written to it, and how strictly its objects, lists and errors are read."""

from cardinity_client.wire.disputes import chargeback_of, rdr_of
from cardinity_client.wire.follow_ups import encode_part, encode_void, refund_of, settlement_of, void_of
from cardinity_client.wire.links import encode_link, encode_update, link_of
from cardinity_client.wire.lists import PageReader, listing_of
from cardinity_client.wire.members import TEXT_MAX, parse_object, shown, valid_id, without_card_digits, written
from cardinity_client.wire.payments import encode_payment, encode_result, parse_payment, payment_of

__all__ = [
    "TEXT_MAX",
    "PageReader",
    "chargeback_of",
    "encode_link",
    "encode_part",
    "encode_payment",
    "encode_result",
    "encode_update",
    "encode_void",
    "link_of",
    "listing_of",
    "parse_object",
    "parse_payment",
    "payment_of",
    "rdr_of",
    "refund_of",
    "settlement_of",
    "shown",
    "valid_id",
    "void_of",
    "without_card_digits",
    "written",
]
