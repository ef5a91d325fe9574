"""Command lines of an operator that must be refused: command, its words, code and field."""

from __future__ import annotations

from tests.unit.contract.builders import PAN

OPERATING: list[tuple[str, tuple[str, ...], str, str]] = [
    *(("account pause", (name,), "account_unknown", "") for name in ("nobody", "a b", "", PAN)),
    ("breaker reset", ("nobody",), "account_unknown", ""),
    *(("parked show", (order_id,), "not_parked", "") for order_id in ("NOPE", "KNOWN-1", PAN, "a b", "")),
    ("parked resolve", ("KNOWN-1", "--approved", PAN), "not_parked", ""),
    ("parked resolve", ("KNOWN-1", "--not-charged", "--because", PAN), "not_parked", ""),
    ("parked resolve", ("KNOWN-1", "--new-attempt", "--because", PAN), "not_parked", ""),
    ("parked resolve", ("KNOWN-1", "--not-charged", "--confirm"), "usage", ""),
    ("parked resolve", ("KNOWN-1",), "usage", ""),
    ("parked resolve", ("KNOWN-1", "--not-charged", "--approved", PAN), "usage", ""),
    *((f"quarantine {word}", ("1-1",), "quarantine_unknown", "") for word in ("show", "replay", "drop")),
    *(("quarantine drop", ("--", entry), "quarantine_unknown", "") for entry in ("-", "+", PAN, "1", "\udcff", "")),
    *((f"queue {word}", (name,), "usage", "queue") for word in ("pause", "resume", "drain") for name in ("x", PAN)),
    *(("events replay", ("--since", at), "moment_format", "") for at in ("", "yesterday", PAN, "2026-02-01")),
    ("events replay", ("--since", "0", "--until", "2026-02-01T12:00:00"), "moment_format", ""),
    ("events tail", ("--after", "soon"), "position_format", "after"),
    ("top", ("--every-s", "0"), "usage", "--every-s"),
]
