"""Through which accounts an order may go."""

from __future__ import annotations

import pytest

from producers.runtime.ledger.record import Record
from workers.payments.routing import NoSuchLane, Route, Routing, Unroutable

EURO, BOTH = Route("euro", frozenset({"EUR"})), Route("both", frozenset({"EUR", "USD"}))
TWO = Routing([EURO, BOTH])


def order(account: str = "default", currency: str = "EUR", **fields: str) -> Record:
    """An order as it is claimed."""
    given = {"account": account, "currency": currency, **fields}
    return Record("ORD-1", {name: value.encode() for name, value in given.items()})


def refusal(routing: Routing, record: Record, *, bound: bool = False) -> str:
    """Why it may go nowhere."""
    with pytest.raises(Unroutable) as caught:
        routing.of(record, bound=bound)
    return caught.value.code


def test_an_order_that_names_none_goes_by_priority_to_those_that_take_its_currency() -> None:
    """The first of the list first."""
    assert TWO.of(order(), bound=False) == ("euro", "both")
    assert TWO.of(order(currency="USD"), bound=False) == ("both",)


def test_an_order_goes_to_the_account_that_it_names_and_nowhere_else() -> None:
    """Whoever names an account knows why."""
    assert TWO.of(order("both"), bound=False) == ("both",)


def test_what_no_account_takes_is_refused() -> None:
    """By the rule as by name."""
    assert refusal(TWO, order(currency="GBP")) == "currency_not_taken"
    assert refusal(TWO, order("euro", "USD")) == "currency_not_taken"
    assert refusal(TWO, order("elsewhere")) == "account_unknown"


def test_a_card_that_is_charged_again_needs_its_account() -> None:
    """Nobody else knows its first payment, so nobody guesses."""
    assert refusal(TWO, order(), bound=True) == "account_required"
    assert TWO.of(order("both"), bound=True) == ("both",)


def test_a_card_that_is_charged_again_goes_to_the_account_of_before_the_list() -> None:
    """An account that is called default is the one that orders were charged by before there were several."""
    routing = Routing([EURO, Route("default")])
    assert routing.of(order(), bound=True) == ("default",)
    assert routing.of(order(), bound=False) == ("euro", "default")


def test_what_follows_a_payment_goes_to_its_account_in_any_currency() -> None:
    """An account that takes a currency no more still gives back what it took in it."""
    assert TWO.of(order("euro", "USD", parent="a payment"), bound=True) == ("euro",)
    assert refusal(TWO, order("euro", "USD"), bound=True) == "currency_not_taken"


def test_with_one_account_nobody_has_to_name_it() -> None:
    """Whatever it is called."""
    routing = Routing([Route("only")])
    assert routing.of(order(), bound=True) == ("only",)
    assert routing.of(order(), bound=False) == ("only",)


def test_an_order_stays_where_something_of_it_may_be() -> None:
    """Its lane counts, and neither the rule nor what it once asked for."""
    assert TWO.of(order(lane="both"), bound=False) == ("both",)


def test_an_order_of_an_account_that_is_not_here_is_kept() -> None:
    """A list that lacks an account is mended; the order is not ended for it."""
    with pytest.raises(NoSuchLane):
        TWO.of(order(lane="gone"), bound=False)


def test_the_account_that_was_left_is_tried_last() -> None:
    """It is still one of them: the others may send nothing either."""
    assert TWO.of(order(shunned="euro"), bound=False) == ("both", "euro")
    assert TWO.of(order(shunned="elsewhere"), bound=False) == ("euro", "both")
