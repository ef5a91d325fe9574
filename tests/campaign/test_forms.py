"""How the orders of a run are paid, and at which accounts: decided by ids, and told from the books of both gateways."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from producers.contract.follow_ups import token_of
from tests.campaign import forms, second
from tests.campaign.following import kind_of
from tests.campaign.plan import Plan
from tests.campaign.points import FORMS
from tests.campaign.wishes import order_ids

MANY = order_ids(7, 4000)


def test_every_form_has_its_share() -> None:
    """Of what follows no payment, as many as the table says, within a fifth; and every customer of a link is met."""
    charges = [order_id for order_id in MANY if not kind_of(order_id)]
    for form, share in forms.SHARES.items():
        drawn = sum(forms.form_of(order_id) == form for order_id in charges) / len(charges)
        assert drawn == pytest.approx(share, rel=0.2)
    linked = [order_id for order_id in charges if forms.form_of(order_id) == forms.LINK]
    assert {forms.paying_of(order_id) for order_id in linked} == set(forms.PAYINGS)


def test_an_order_of_a_form_is_picked_only_where_it_is_wanted(tmp_path: Path) -> None:
    """Faults of plain charges mean plain charges, those of holds mean holds, and those of anything anything."""
    plan, rng = Plan(7, MANY, tmp_path), random.Random(1)
    assert {plan.forms.get(order_id) for order_id in plan.pick(rng, 500)} == {None}
    assert {plan.forms.get(each) for each in plan.pick(rng, 50, form=forms.TWO_PHASE)} == {forms.TWO_PHASE}
    assert {plan.forms.get(order_id) for order_id in plan.pick(rng, 2000, any_kind=True)} == {None, *forms.SHARES}


def test_every_form_has_crash_points_of_its_own() -> None:
    """Or nobody would die where only such orders are."""
    assert set(FORMS.values()) == set(forms.SHARES)


def test_the_rule_of_a_link_names_its_description() -> None:
    """A link has no order_id that a fault could name."""
    linked = next(order_id for order_id in MANY if forms.form_of(order_id) == forms.LINK)
    rule = forms.rule_of(linked, "hang_before")
    assert rule["operation"] == "link"
    assert rule["description"].endswith(f" {token_of(linked)}")


def test_books_of_two_accounts_are_one_book() -> None:
    """Rows of one intent are added up, and say where it was posted; what is listed is listed on."""
    one = {"charges": [{"order_id": "A", "posts": 1, "approved": 1}, {"order_id": "B", "posts": 1}], "aborted": 1}
    other = {"charges": [{"order_id": "B", "posts": 1, "approved": 1}], "aborted": 2}
    told = second.together(one, other)
    assert told["aborted"] == 3
    rows = {row["order_id"]: row for row in told["charges"]}
    assert (rows["A"]["posts"], rows["A"]["at"]) == (1, [second.FIRST])
    assert (rows["B"]["posts"], rows["B"]["approved"], rows["B"]["at"]) == (2, 1, [second.FIRST, second.SECOND])
    assert second.together([1], [2]) == [1, 2]
