"""The parts of the pages: what is put in is text, and only this machine is told."""

import pytest

from cardinity_client.sandbox.form import FieldError
from cardinity_client.sandbox.notices.postman import is_here
from cardinity_client.sandbox.pages.card_form import card_form, instrument
from cardinity_client.sandbox.pages.html import Markup, element, facts, page
from cardinity_client.sandbox.pages.visits import VISITS_MAX, Visits

HOSTILE = "\"'><script>alert(1)</script>&amp;"


def test_text_is_escaped_wherever_it_stands() -> None:
    """In content, in attributes, in lists of facts and in titles."""
    for markup in (
        element("p", HOSTILE, title=HOSTILE),
        facts([("For", HOSTILE)]),
        card_form(HOSTILE, HOSTILE, [FieldError("amount", HOSTILE, HOSTILE)]),
        bytes(page(HOSTILE, HOSTILE).body).decode(),
    ):
        assert "<script>alert" not in markup
        assert "\"'>" not in markup


def test_markup_stays_markup() -> None:
    """Elements nest, and an attribute of None is left out."""
    assert element("p", element("b", "a & b"), title=None) == Markup("<p><b>a &amp; b</b></p>")


@pytest.mark.parametrize(
    ("expiry", "month", "year"),
    [
        ("04/31", 4, 2031),
        ("4 / 2031", 4, 2031),
        (" 12/31 ", 12, 2031),
        ("", 0, 2000),
        ("0431", 0, 2000),
        ("a/b", 0, 2000),
    ],
)
def test_an_expiry_is_read_as_people_write_it(expiry: str, month: int, year: int) -> None:
    """What cannot be read becomes a month that the gateway refuses."""
    card = instrument({"expiry": expiry, "pan": "4111 1111-1111 1111"}, "http://localhost/")["payment_instrument"]
    assert (card["exp_month"], card["exp_year"], card["pan"]) == (month, year, "4111111111111111")


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8080/hook", True),
        ("http://127.9.9.9/", True),
        ("http://[::1]:8080/hook", True),
        ("http://localhost/hook", True),
        ("http://10.0.0.1/", False),
        ("http://127.0.0.1.example/", False),
        ("http://127.0.0.1@10.0.0.1/", False),
        ("http://localhost.example/", False),
        ("http://2130706433/", False),
        ("http://[::1/", False),
        ("nothing", False),
        ("", False),
    ],
)
def test_only_this_machine_is_here(url: str, here: bool) -> None:
    """By its names and addresses, without looking anything up."""
    assert is_here(url) == here


def test_the_oldest_visit_is_forgotten_first() -> None:
    """There is a bound to how many shoppers are remembered."""
    visits = Visits(1)
    first, second = visits.open({}), visits.open({})
    for _ in range(VISITS_MAX - 1):
        visits.open({})
    assert (visits.get(first.id), visits.get(second.id)) == (None, second)
