"""Command lines of `cardinity link` that must be refused: words, code and field."""

from __future__ import annotations

from tests.unit.contract.builders import PAN

_LINK = ("create", "--order-id", "LINK-1", "--amount", "10.00", "--currency", "EUR")
_MADE = (*_LINK, "--description", "Invoice 77")

LINKING: list[tuple[str, tuple[str, ...], str, str]] = [
    ("no description", (*_LINK, "--description", ""), "description_length", "description"),
    ("an end", (*_MADE, "--expires-at", "tomorrow"), "link_end_format", "expires_at"),
    ("an end that was", (*_MADE, "--expires-at", "2020-01-01T00:00:00Z"), "link_end_range", "expires_at"),
    ("nobody's order", ("get", "NOPE"), "order_unknown", ""),
    ("a charge's order", ("delete", "KNOWN-1"), "order_without_link", "order_id"),
    ("changed in nothing", ("update", "KNOWN-1"), "update_empty", ""),
    ("no link", ("update", "KNOWN-1", "--disable"), "link_not_open", ""),
    ("moved to", ("update", "KNOWN-1", "--expires-at", PAN), "link_end_format", "expires_at"),
]
