"""A log line holds known fields, short, on one line, and never a card number."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client.secret import Secret
from producers.runtime.card_scanner import REMOVED
from producers.runtime.log_fields import CAUSES_MAX, ENTRIES_MAX, FIELDS, TEXT_MAX, clean, line_of

ROOT = Path(__file__).resolve().parents[3]
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
CARD = "4111 1111 1111 1111"


def line(**given: object) -> dict[str, object]:
    """The line of these fields, where the count of removed numbers does not matter."""
    return line_of(given, on_card_number=lambda: None)


def failed(error: BaseException) -> BaseException:
    """The error as it looks after it was raised."""
    try:
        raise error
    except BaseException as raised:
        return raised


def test_only_known_fields_are_written() -> None:
    """What is not on the list is left out and counted."""
    assert line(event="order_moved", order_id="o-1", pan="x", holder="y") == {
        "event": "order_moved",
        "order_id": "o-1",
        "fields_dropped": 2,
    }


@pytest.mark.parametrize("value", [1, 0.25, True, None, "text", ["a", 1]])
def test_plain_values_are_written_as_they_are(value: object) -> None:
    """Scalars, and lists of them, go through."""
    assert line(event="e", reason=value)["reason"] == value


@pytest.mark.parametrize("value", [Secret("x"), {"pan": "x"}, b"x", object(), Path("/x")])
def test_of_other_values_only_the_type_is_written(value: object) -> None:
    """Nobody knows what the text of an object would tell."""
    assert line(event="e", reason=value)["reason"] == f"<{type(value).__name__}>"


@pytest.mark.parametrize(
    "value",
    [
        CARD,
        f"reply: {CARD} cvc 123",
        4111111111111111,
        4111111111111111.0,
        ["4111", "1111", "1111", "1111"],
        (CARD,),
    ],
)
def test_a_card_number_takes_its_value_along(value: object) -> None:
    """As text, as a number, and spread over a list, it is replaced and counted once."""
    hits: list[int] = []
    written = line_of({"event": "e", "reason": value}, on_card_number=lambda: hits.append(1))
    assert (REMOVED in str(written["reason"]), "1111" in str(written), len(hits)) == (True, False, 1)


def test_hashes_are_written_however_their_digits_fall() -> None:
    """By their field and as a whole: the same elsewhere, with anything beside it or without a letter is removed."""
    unlucky = f"{'a' * 24}4111111111111111{'b' * 24}"
    assert line(event="audited", hash=unlucky)["hash"] == unlucky
    for name, value in (("subject", unlucky), ("hash", f"{unlucky} "), ("hash", "4111111111111111" * 4)):
        assert line(event="audited", **{name: value})[name] == REMOVED
    assert line(event="audited", hash=[unlucky])["hash"] == REMOVED


def test_a_card_number_across_the_cut_is_found() -> None:
    """A text is scanned a little further than it is written."""
    assert clean("x" * (TEXT_MAX - 8) + CARD, lambda: None) == REMOVED


def test_long_texts_and_lists_are_cut() -> None:
    """Nothing makes a line grow without bound."""
    written = line(event="e", reason="x" * 10_000, names=["n"] * 100)
    assert (len(str(written["reason"])), len(written["names"])) == (TEXT_MAX, ENTRIES_MAX)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo\r\n", "one\\ntwo\\r\\n"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("abc\u202egpj.exe", "abc\\u202egpj.exe"),
        ("a\u2028b\x00c\x85", "a\\u2028b\\x00c\\x85"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("Ona Petraitytė, 10 €", "Ona Petraitytė, 10 €"),
    ],
)
def test_a_text_can_forge_nothing(text: str, expected: str) -> None:
    """Line ends, terminal sequences and direction marks are shown, not sent."""
    assert line(event=text)["event"] == expected


@given(st.text())
def test_every_text_ends_up_on_one_printable_line(text: str) -> None:
    """Whatever comes in, JSON can be made of it and a terminal can show it."""
    written = line(event=text, reason=text)
    assert str(written["reason"]).isprintable()
    assert msgspec.json.decode(msgspec.json.encode(written))["event"] == written["event"]


@given(st.floats() | st.integers())
def test_every_number_can_be_written(number: float) -> None:
    """Infinite and huge numbers do not stop a line."""
    assert msgspec.json.encode(line(event="e", count=number))


def test_an_exception_tells_its_places_and_no_variables() -> None:
    """Type, message and where; never what a variable held."""
    cvc = "987"
    written = line(event="e", exc_info=failed(ValueError(f"refused {len(cvc)} characters")))
    assert written["error"] == "ValueError: refused 3 characters"
    assert str(written["error_at"]).startswith("runtime/test_log_fields.py:")
    assert "987" not in str(written)


def test_card_numbers_in_messages_of_exceptions_are_removed() -> None:
    """In the error itself and in each of its causes, whose types stay readable."""
    error = failed(RuntimeError("no"))
    error.__cause__ = ValueError(f"bad card {CARD}")
    written = line(event="e", exc_info=error)
    assert (written["error"], written["caused_by"]) == ("RuntimeError: no", [f"ValueError: {REMOVED}"])


def test_causes_are_followed_a_few_steps_and_never_in_circles() -> None:
    """A long chain is cut, a circle is walked once, members of a group are named."""
    first, second = ValueError("1"), ValueError("2")
    first.__context__, second.__context__ = second, first
    assert line(event="e", exc_info=first)["caused_by"] == ["ValueError: 2"]
    group = ExceptionGroup("many", [ValueError(str(n)) for n in range(20)])
    assert line(event="e", exc_info=group)["caused_by"] == [f"ValueError: {n}" for n in range(CAUSES_MAX)]


def test_an_exception_that_cannot_speak_is_still_named() -> None:
    """A `__str__` that raises does not stop the line."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise KeyError("x")

    assert "Mute" in str(line(event="e", exc_info=Mute())["error"])


def test_field_names_are_plain() -> None:
    """Names are snake_case and none of them is one of a card's fields."""
    allowed = set(string.ascii_lowercase + string.digits + "_")
    assert [name for name in FIELDS if not allowed.issuperset(name)] == []
    assert FIELDS.isdisjoint({"pan", "cvc", "holder", "exp_month", "exp_year", "card", "body", "password", "secret"})


def test_every_field_the_product_logs_is_known() -> None:
    """No call in the product gives a field that would be left out."""
    unknown = [(where, name) for where, name in logged_fields() if name not in FIELDS]
    assert unknown == [], "add the field to FIELDS, after thinking about what could be in it"


def logged_fields() -> Iterator[tuple[str, str]]:
    """Place and name of every field in a call of a logger."""
    for folder in ("producers", "workers"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and _logs(node.func):
                    for keyword in node.keywords:
                        if keyword.arg not in (None, "exc_info"):
                            yield f"{path.relative_to(ROOT)}:{node.lineno}", str(keyword.arg)


def _logs(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr in LEVELS
        and ast.unparse(function.value).rsplit(".", 1)[-1] in {"log", "_log", "logger"}
    )
