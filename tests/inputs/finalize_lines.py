"""Command lines of `cardinity finalize` that must be refused: words, what stdin and `FILE` hold, code, field, words."""

from __future__ import annotations

from tests.unit.contract.builders import PAN

_RESULTS: tuple[tuple[bytes, str], ...] = (
    (b"", "result_ambiguous"),
    (b"\n", "result_length"),
    (b"a" * 200_000, "result_length"),
    (b"\xff\xfe", "result_charset"),
    (b"{}", "result_charset"),
    (PAN.encode() + b"!", "result_charset"),
)
#: The order is there, and asks nobody.
_TOLD = ("KNOWN-1", "--cres")

FINALIZING: list[tuple[str, tuple[str, ...], bytes, str, str, str]] = [
    *((f"{code} {number}", (*_TOLD, "-"), given, code, "cres", "") for number, (given, code) in enumerate(_RESULTS)),
    *((f"{code} in a file {n}", (*_TOLD, "FILE"), given, code, "cres", "") for n, (given, code) in enumerate(_RESULTS)),
    ("no file", (*_TOLD, "/nowhere"), b"", "file_missing", "", ""),
    ("a card for a file", (*_TOLD, PAN), b"", "file_missing", "", "is not shown"),
    ("nobody is asked", (*_TOLD, "-"), b"eyJ9", "finalize_no_step", "", ""),
    *(
        (f"nobody's order {order_id[:4]!r}", ("--pares", "-", "--", order_id), b"eyJ9", "order_unknown", "", "")
        for order_id in ("NOPE", PAN, "a b", "")
    ),
]
