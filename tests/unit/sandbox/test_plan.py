"""Plans: what is refused, who is struck, and that chance repeats."""

import random
from typing import get_args

import msgspec
import pytest

from cardinity_client.sandbox.catalogue import CATALOGUE
from cardinity_client.sandbox.faults import Faults, draw
from cardinity_client.sandbox.plan import EndFault, PlanError, PostFault, Rule, parse_plan


def test_every_fault_of_a_post_is_in_the_catalogue() -> None:
    """The names a plan may use and the faults that can be performed are the same set."""
    assert {*get_args(PostFault), *get_args(EndFault)} == set(CATALOGUE)


def test_a_plan_reads_its_rules() -> None:
    """A rule keeps its fault, its order, its times and its delay."""
    plan = b'[{"fault": "late_landing", "order_id": "o-1", "times": 2, "delay_ms": 1500}]'
    assert parse_plan(plan) == (Rule("late_landing", order_id="o-1", times=2, delay_ms=1500),)


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"fault": "nonsense"}, "Invalid enum value 'nonsense'"),
        ({"fault": "reset_before", "chance": 1}, "unknown field `chance`"),
        ({"fault": "reset_before", "rate": 0.1, "order_id": "o-1"}, "not both"),
        ({"fault": "reset_before", "rate": 1.5}, "between 0 and 1"),
        ({"fault": "reset_before", "rate": -0.1}, "between 0 and 1"),
        ({"fault": "reset_before", "times": 0}, "at least 1"),
        ({"fault": "late_landing"}, "needs delay_ms"),
        ({"fault": "list_lag"}, "needs delay_ms"),
        ({"fault": "slow_answer", "delay_ms": -1}, "must not be negative"),
        ({"fault": "list_500", "order_id": "o-1"}, "belongs to no order"),
        ({"fault": "rate_limited_429", "retry_after": "1\r\nx: y"}, "printable"),
    ],
)
def test_a_bad_rule_is_named(rule: dict[str, object], complaint: str) -> None:
    """A rule that means nothing is refused with the reason."""
    with pytest.raises(PlanError, match=complaint):
        parse_plan(msgspec.json.encode([rule]))


def test_shares_fit_into_the_whole() -> None:
    """Shares of post faults that add up to more than everything are refused."""
    with pytest.raises(PlanError, match="more than 1"):
        parse_plan(b'[{"fault": "reset_before", "rate": 0.6}, {"fault": "html_200", "rate": 0.5}]')


def test_text_that_is_no_plan_is_refused() -> None:
    """A plan that is no JSON list is a PlanError, not a crash."""
    with pytest.raises(PlanError, match="not a list of rules"):
        parse_plan(b"{")


def test_the_same_seed_strikes_the_same_posts_in_any_order() -> None:
    """What befalls the n-th post of an order does not depend on what other orders do in between."""
    rules = (Rule("reset_before", rate=0.3), Rule("http_500_after", rate=0.3))
    posts = [f"order-{number}" for number in range(50)] * 3
    shuffled = random.Random(7).sample(posts, len(posts))
    assert _struck(1, rules, posts) == _struck(1, rules, shuffled)
    assert _struck(1, rules, posts) != _struck(2, rules, posts)


def test_shares_are_shares_of_all_posts() -> None:
    """Two faults of 30 % and 20 % leave about half of the posts alone."""
    faults = Faults(5, (Rule("reset_before", rate=0.3), Rule("html_200", rate=0.2)))
    struck = [faults.of_post(f"order-{number}") for number in range(4000)]
    names = [rule.fault if rule else None for rule in struck]
    assert abs(names.count("reset_before") / 4000 - 0.3) < 0.03
    assert abs(names.count("html_200") / 4000 - 0.2) < 0.03


def test_a_rule_for_an_order_strikes_that_order_so_many_times() -> None:
    """`times` counts the posts of that order alone, and the next rule for it takes over."""
    faults = Faults(0, (Rule("reset_before", order_id="o-1", times=2), Rule("html_200", order_id="o-1", times=3)))
    assert faults.of_post("o-2") is None
    assert _names(faults, "o-1", 4) == ["reset_before", "reset_before", "html_200", None]


def test_a_rule_for_an_order_comes_before_the_shares() -> None:
    """A named order meets its own fault even where every other post meets another."""
    faults = Faults(0, (Rule("reset_before"), Rule("html_200", order_id="o-1")))
    assert _names(faults, "o-1", 1) == ["html_200"]
    assert _names(faults, "o-2", 1) == ["reset_before"]


def test_a_share_can_stop_after_the_first_posts_of_each_order() -> None:
    """With `times` a share strikes only the first n posts of any order."""
    faults = Faults(0, (Rule("reset_before", times=1),))
    assert _names(faults, "o-1", 2) == ["reset_before", None]
    assert _names(faults, "o-2", 2) == ["reset_before", None]


def test_list_reads_fail_so_many_times() -> None:
    """`times` of a list fault counts the list reads since the plan was installed."""
    faults = Faults(0, (Rule("list_500", times=2),))
    assert [faults.of_list() is not None for _ in range(3)] == [True, True, False]


def test_a_lagging_row_shows_up_when_it_is_old_enough() -> None:
    """A row is hidden until it is `delay_ms` old."""
    faults = Faults(0, (Rule("list_lag", delay_ms=500),))
    assert (faults.hides("o-1", 499), faults.hides("o-1", 500)) == (True, False)


def test_a_missing_row_is_missing_for_good() -> None:
    """A row of the named order is hidden at any age, others are not."""
    faults = Faults(0, (Rule("list_missing_row", order_id="o-1"),))
    assert (faults.hides("o-1", 10**9), faults.hides("o-2", 0)) == (True, False)


def test_a_share_of_rows_is_the_same_rows_at_every_read() -> None:
    """Which rows are missing is decided by the seed and the order, not by the read."""
    faults = Faults(3, (Rule("list_missing_row", rate=0.5),))
    rows = [faults.hides(f"order-{number}", 0) for number in range(100)]
    assert rows == [faults.hides(f"order-{number}", 0) for number in range(100)]
    assert 0 < sum(rows) < 100


def test_row_faults_end_after_so_many_reads() -> None:
    """`times` of a row fault counts list reads; afterwards the list is whole again."""
    faults = Faults(0, (Rule("list_missing_row", order_id="o-1", times=1),))
    assert faults.of_list() is None
    assert faults.hide_rows
    assert faults.of_list() is None
    assert not faults.hide_rows


def test_a_draw_depends_on_every_fact() -> None:
    """Draws lie in [0, 1) and differ when any fact differs."""
    draws = {draw(seed, order, nth) for seed in (1, 2) for order in ("a", "b", None) for nth in (1, 2)}
    assert len(draws) == 12
    assert all(0 <= number < 1 for number in draws)


def _names(faults: Faults, order_id: str, posts: int) -> list[str | None]:
    struck = [faults.of_post(order_id) for _ in range(posts)]
    return [rule.fault if rule else None for rule in struck]


def _struck(seed: int, rules: tuple[Rule, ...], posts: list[str]) -> dict[tuple[str, int], str | None]:
    faults = Faults(seed, rules)
    seen: dict[str, int] = {}
    found: dict[tuple[str, int], str | None] = {}
    for order_id in posts:
        seen[order_id] = seen.get(order_id, 0) + 1
        rule = faults.of_post(order_id)
        found[order_id, seen[order_id]] = rule.fault if rule else None
    return found
