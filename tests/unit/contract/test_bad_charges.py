"""Every charge of the table is refused, with the right code at the right field, and no card is repeated."""

from typing import cast

import pytest

from producers.contract.card_fields import Mode
from producers.contract.commands import FieldError
from producers.errors import InvalidCommand
from tests.unit.contract.bad_charges import ALL, LIVE_PAN, Bad
from tests.unit.contract.builders import CARD, PAN, parsed

NAMES = [f"{bad.code}-{number}" for number, bad in enumerate(ALL)]


@pytest.mark.parametrize("bad", ALL, ids=NAMES)
def test_a_bad_charge_is_refused_where_it_is_wrong(bad: Bad) -> None:
    """The error names the field and carries the code of the table."""
    assert (bad.field, bad.code) in {(error.field, error.code) for error in errors_of(bad)}


@pytest.mark.parametrize("bad", ALL, ids=NAMES)
def test_one_mistake_gives_one_error(bad: Bad) -> None:
    """What is right about a charge is not complained about."""
    assert len(errors_of(bad)) == 1


@pytest.mark.parametrize("bad", ALL, ids=NAMES)
def test_no_error_repeats_what_was_given(bad: Bad) -> None:
    """Messages are short, printable, and hold neither the card's digits nor the CVC."""
    told = str(InvalidCommand(errors_of(bad)))
    assert told.isprintable()
    assert len(told) < 200
    assert not any(secret in told for secret in (PAN, LIVE_PAN, PAN[:6], "1111", str(CARD["cvc"])))


def test_the_table_is_large() -> None:
    """There are at least 120 ways to be wrong in it."""
    assert len(ALL) >= 120


def errors_of(bad: Bad) -> tuple[FieldError, ...]:
    """What is wrong with the charge of this case."""
    with pytest.raises(InvalidCommand) as caught:
        parsed(bad.build(**bad.changes), mode=cast(Mode, bad.mode))
    return caught.value.errors
