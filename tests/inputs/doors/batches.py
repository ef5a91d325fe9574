"""Batch files, CSV and JSON lines: wrong as a whole, and wrong in one row, which must spoil no other."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

from producers.batches.files import LINE_MAX, Format, read_rows
from producers.contract.commands import BATCH_COLUMNS, REQUIRED
from tests.inputs.cards import LIVE_PAN, MISTYPED_PAN, SPACED
from tests.inputs.rows import Complaint, Row, Told
from tests.inputs.world import World
from tests.unit.batches.files import a_row, csv_file, json_file
from tests.unit.contract.builders import NOW_MS, PAN, PAYMENT_ID


class Given(NamedTuple):
    """A file. `wrong` is the row that is: every other row must be a charge; 0 is the file as a whole."""

    data: bytes
    format: Format
    wrong: int


_HEADER, _FIRST, _THIRD = csv_file(a_row(1), a_row(3)).splitlines(keepends=True)
_COLUMNS = ",".join(BATCH_COLUMNS)

_FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "file_empty"),
    "blank lines": (b"\n\r\n  \n", "file_empty"),
    "a header alone": (_HEADER, "file_empty"),
    "utf-16": (csv_file(a_row(1)).decode().encode("utf-16"), "row_encoding"),
    "utf-16 big-endian": (codecs.BOM_UTF16_BE + _COLUMNS.encode("utf-16-be"), "row_encoding"),
    "latin-1": (b"order_id,amount\xe9\n", "row_encoding"),
    "a zip, as xlsx is": (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\xff\n", "row_encoding"),
    "gzip": (b"\x1f\x8b\x08\x00\x00\xff\n", "row_encoding"),
    "an open quote": (b'"order_id,amount\n', "csv_invalid"),
    "a quote inside": (b'"order_id"x,amount\n', "csv_invalid"),
    "a carriage return inside": (b"order_id\ramount\n", "csv_invalid"),
    "an endless header": (b"x" * 100_000, "row_size"),
    "ten megabytes without a line end": (b"," * 10_000_000, "row_size"),
    "semicolons": (_HEADER.replace(b",", b";"), "csv_delimiter"),
    "tabs": (_HEADER.replace(b",", b"\t"), "csv_delimiter"),
    "pipes": (_HEADER.replace(b",", b"|"), "csv_delimiter"),
}
#: What happened to the header, and every complaint about it.
_HEADERS: dict[str, tuple[list[str], list[Complaint]]] = {
    "a typing error": (["descripton"], [("field_unknown", "descripton")]),
    "another word": (["colour"], [("field_unknown", "colour")]),
    "in capitals": (["DESCRIPTION"], [("field_unknown", "DESCRIPTION")]),
    "a blank in front": ([" description"], [("field_unknown", "?")]),
    "no name": ([""], [("field_unknown", "?")]),
    "a card for a name": ([PAN], [("field_unknown", "?")]),
    "a grouped card for a name": ([SPACED], [("field_unknown", "?")]),
    "a name of ten thousand": (["x" * 10_000], [("field_unknown", "?")]),
    "a byte order mark inside": (["\ufeffdescription"], [("field_unknown", "?")]),
    "control characters": (["a\x1b[2J"], [("field_unknown", "?")]),
    "an object for a column": (["payment_instrument"], [("field_unknown", "payment_instrument")]),
    "a column twice": (["order_id"], [("header_duplicate", "order_id")]),
    "a column ten times": (["pan"] * 9, [("header_duplicate", "pan")]),
}
_LINES: dict[str, tuple[bytes, str]] = {
    "an open quote": (b'"ORD-2,10.00,EUR\n', "csv_invalid"),
    "a quote inside": (b'"ORD"-2,10.00\n', "csv_invalid"),
    "a carriage return inside": (b"ORD-2\r10.00,EUR\n", "csv_invalid"),
    "too few cells": (b"ORD-2,10.00,EUR\n", "row_columns"),
    "one cell": (b"x\n", "row_columns"),
    "too many cells": (_FIRST.strip() + b",x\n", "row_columns"),
    "thousands of cells": (b"," * 9000 + b"\n", "row_columns"),
    "an amount with a comma": (_FIRST.replace(b"25.50", b"25,50"), "row_columns"),
    "semicolons": (_FIRST.replace(b",", b";"), "row_columns"),
    "a card alone": (PAN.encode() + b"\n", "row_columns"),
    "binary": (b"\x80\x04\x95\n", "row_encoding"),
    "latin-1": (_FIRST.replace(b"Blue", b"Bl\xfce"), "row_encoding"),
    "utf-16": (_FIRST.strip().decode().encode("utf-16-le") + b"\xff\n", "row_encoding"),
    "half a character": (_FIRST.replace(b"Blue", b"\xe2\x82"), "row_encoding"),
    "a surrogate": (_FIRST.replace(b"Blue", b"\xed\xa0\x80"), "row_encoding"),
    "endless": (b"x" * (LINE_MAX * 3) + b"\n", "row_size"),
    "endless by one": (b"x" * LINE_MAX + b"\n", "row_size"),
    "endless blanks": (b" " * (LINE_MAX + 5) + b"\n", "row_size"),
    "an endless quote": (b'"' * (LINE_MAX + 5) + b"\n", "row_size"),
}
#: A cell of the second row, what stands in it, and the code.
_CELLS: list[tuple[str, str, str]] = [
    ("order_id", "", "order_id_length"),
    ("order_id", "ORD-1", "order_id_duplicate"),
    ("order_id", "=cmd|' /C calc'!A0", "order_id_charset"),
    ("order_id", "ORD-2\0", "order_id_charset"),
    ("order_id", "1.00E+05", "order_id_charset"),
    ("order_id", PAN, "card_number_in_text"),
    ("amount", "25.5", "amount_scale"),
    ("amount", "25,50", "amount_format"),
    ("amount", "€25.50", "amount_format"),
    ("amount", "1,025.50", "amount_format"),
    ("amount", "2.55E+01", "amount_format"),
    ("amount", "25.50\0", "amount_format"),
    ("amount", "#REF!", "amount_format"),
    ("amount", "", "amount_format"),
    ("currency", "Eur", "currency_unknown"),
    ("country", "Lithuania", "country_unknown"),
    ("description", "kettle\0", "description_charset"),
    ("description", f"paid by {SPACED}", "card_number_in_text"),
    ("pan", "4.11111E+15", "card_number_format"),
    ("pan", SPACED, "card_number_format"),
    ("pan", f"'{PAN}", "card_number_format"),
    ("pan", f"{PAN}.0", "card_number_format"),
    ("pan", MISTYPED_PAN, "card_number_invalid"),
    ("pan", LIVE_PAN, "card_number_live_in_test"),
    ("pan", "", "card_number_missing"),
    ("exp_month", "4.0", "card_expiry_month"),
    ("exp_month", "Apr", "card_expiry_month"),
    ("exp_year", "31", "card_expiry_year"),
    ("exp_year", "2,031", "card_expiry_year"),
    ("cvc", "12", "card_cvc_length"),
    ("cvc", "1 3", "card_cvc_format"),
    ("holder", "Ona\0", "card_holder_charset"),
    ("holder", PAN, "card_number_in_text"),
    ("payment_id", PAYMENT_ID, "instrument_ambiguous"),
    ("account", "a b", "account_format"),
]
_JSON_LINES: dict[str, tuple[bytes, str]] = {
    "two objects": (b"{}{}\n", "json_invalid"),
    "a key twice": (b'{"order_id": "ORD-9", "order_id": "ORD-8"}\n', "json_invalid"),
    "deep": (b"[" * 9000 + b"\n", "json_invalid"),
    "no utf-8": (b"\xff\n", "json_invalid"),
    "csv": (b"ORD-2,10.00,EUR\n", "json_invalid"),
    "a byte order mark": (b"\xef\xbb\xbf{}\n", "json_invalid"),
    "nan": (b'{"amount": NaN}\n', "json_invalid"),
    "a comma behind": (b"{},\n", "json_invalid"),
    "pretty printed": (b"{\n", "json_invalid"),
    "cut": (json_file(a_row(2))[:-3] + b"\n", "json_invalid"),
    "nul behind": (json_file(a_row(2)).strip() + b"\0\n", "json_invalid"),
    "list": (b"[]\n", "payload_type"),
    "a list of charges": (json.dumps([a_row(2)]).encode() + b"\n", "payload_type"),
    "null": (b"null\n", "payload_type"),
    "a card": (PAN.encode() + b"\n", "payload_type"),
    "a text": (b'"ORD-2"\n', "payload_type"),
    "endless": (b"x" * (LINE_MAX + 1) + b"\n", "row_size"),
    "an endless text": (b'{"description": "' + b"x" * LINE_MAX + b'"}\n', "row_size"),
}


def _rows() -> Iterator[Row]:
    for name, (data, code) in _FILES.items():
        yield Row(f"csv file: {name}", Given(data, "csv", 0), code)
    for name, (columns, complaints) in _HEADERS.items():
        head = ",".join([*BATCH_COLUMNS, *columns]).encode() + b"\n"
        (code, field), *also = complaints
        yield Row(f"csv header: {name}", Given(head + _FIRST, "csv", 0), code, field, also=tuple(also))
    yield from _missing_columns()
    for name, (line, code) in _LINES.items():
        yield Row(f"csv line: {name}", Given(_HEADER + _FIRST + line + _THIRD, "csv", 2), code)
    for number, (field, cell, code) in enumerate(_CELLS):
        data = csv_file(a_row(1), {**a_row(2), field: cell}, a_row(3))
        yield Row(f"csv cell: {field} {number}", Given(data, "csv", 2), code, field)
    for name, (line, code) in _JSON_LINES.items():
        data = json_file(a_row(1)) + line + json_file(a_row(3))
        yield Row(f"json line: {name}", Given(data, "jsonl", 2), code)
    for name, data in {"nothing": b"", "blank lines": b"\n \n"}.items():
        yield Row(f"json file: {name}", Given(data, "jsonl", 0), "file_empty")
    yield Row("an open quote at the end", Given(_HEADER + _FIRST + b'"ORD-2', "csv", 2), "csv_invalid")
    twice = json_file(a_row(1), a_row(1))
    yield Row("json: an order_id twice", Given(twice, "jsonl", 2), "order_id_duplicate", "order_id", "row 1")


def _missing_columns() -> Iterator[Row]:
    for column in REQUIRED:
        head = ",".join(name for name in BATCH_COLUMNS if name != column).encode()
        yield Row(f"csv header: no {column}", Given(head + b"\n", "csv", 0), "header_missing", column)
    head = ",".join(REQUIRED).encode()
    yield Row("csv header: no instrument", Given(head + b"\n", "csv", 0), "header_missing", "pan")
    also: tuple[Complaint, ...] = (("header_missing", "amount"),)
    head = _HEADER.replace(b"amount", b"amout")
    says = 'did you mean "amount"?'
    yield Row("csv header: amout", Given(head, "csv", 0), "field_unknown", "amout", says, also)
    also = tuple(("header_missing", name) for name in (*REQUIRED, "pan"))
    also += tuple(("field_unknown", cell) for cell in ("ORD-1", "EUR", "LT", "default"))  # they look like names
    yield Row("csv: no header", Given(_FIRST, "csv", 0), "field_unknown", "?", also=also)


ROWS = [*_rows()]


def knock(world: World, given: Given) -> Told:
    """Read the file; a complaint about another row than the one that is wrong is one too many."""
    results = list(read_rows(BytesIO(given.data), given.format, now_ms=NOW_MS, mode="test"))
    complaints = frozenset(
        (error.code, error.field if result.row == given.wrong else f"row {result.row}: {error.field}")
        for result in results
        for error in result.errors
    )
    return Told(complaints, repr([result.errors for result in results]))
