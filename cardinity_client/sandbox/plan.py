"""A plan of faults and who gets which: data and pure decisions. `catalogue` says what each fault does.

Chance is a pure function of the seed, the order and how many posts of that order the plan has seen, so a run
repeats exactly however its requests interleave, and a share of 5 % strikes the same orders every time.
"""

from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, Literal, get_args

import msgspec

from cardinity_client.wire import without_card_digits

#: What can go wrong with POST /v1/payments.
PostFault = Literal[
    "charge_then_reset",
    "charge_then_close",
    "charge_then_hang",
    "reset_before",
    "close_before",
    "hang_before",
    "late_landing",
    "http_500_before",
    "http_500_after",
    "http_502_before",
    "http_502_after",
    "http_503_before",
    "http_503_after",
    "http_504_before",
    "http_504_after",
    "http_401",
    "http_403",
    "rate_limited_429",
    "redirect_307",
    "html_200",
    "empty_201",
    "truncated_json",
    "short_body",
    "bad_chunk",
    "oversized_body",
    "gzip_bomb",
    "deep_json",
    "duplicate_keys",
    "wrong_order_in_body",
    "wrong_amount_in_body",
    "wrong_currency_in_body",
    "slow_answer",
    "slow_body",
    "processing",
]
#: What can go wrong with GET /v1/payments as a whole, and with single rows of it.
ListFault = Literal["list_500", "list_repeated", "list_reordered"]
RowFault = Literal["list_lag", "list_missing_row"]

POST_FAULTS: Final = frozenset[str](get_args(PostFault))
LIST_FAULTS: Final = frozenset[str](get_args(ListFault))
ROW_FAULTS: Final = frozenset[str](get_args(RowFault))

#: Faults that mean nothing without a delay. The others have a sensible one of their own.
_NEED_DELAY: Final = frozenset({"late_landing", "slow_answer", "list_lag"})


class PlanError(ValueError):
    """The plan cannot be used; the text names the rule and what is wrong with it."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of a plan: a fault, whom it strikes and how often.

    `rate` is a share of all posts (or rows, or list reads), `order_id` names one order; with neither it
    strikes always. `times` stops it after the n-th post of an order, or after the n-th list read.
    """

    fault: PostFault | ListFault | RowFault
    rate: float | None = None
    order_id: str | None = None
    times: int | None = None
    delay_ms: int | None = None
    retry_after: str = "1"

    def lasts(self, nth: int) -> bool:
        return self.times is None or nth <= self.times

    @property
    def delay_s(self) -> float | None:
        return None if self.delay_ms is None else self.delay_ms / 1000


def parse_plan(data: bytes) -> tuple[Rule, ...]:
    """Reads a JSON list of rules. Raises `PlanError`."""
    try:
        rules = msgspec.json.decode(data, type=tuple[Rule, ...])
    except (ValueError, RecursionError) as error:
        raise PlanError(f"the plan is not a list of rules: {without_card_digits(str(error))}") from None
    for number, rule in enumerate(rules, start=1):
        problem = _problem(rule)
        if problem:
            raise PlanError(f"rule {number} ({rule.fault}): {problem}")
    if sum(_share(rule) for rule in rules if rule.fault in POST_FAULTS) > 1.0 + 1e-9:
        raise PlanError("the shares of the post faults add up to more than 1")
    return rules


def draw(seed: int, *facts: object) -> float:
    """A number in [0, 1) that only the seed and the facts decide."""
    text = "\x1f".join(map(str, (seed, *facts)))
    return int.from_bytes(blake2b(text.encode(), digest_size=7).digest()) / 2**56


class Faults:
    """A plan in force: counts the posts and list reads since it was installed and picks the rule for each."""

    def __init__(self, seed: int, rules: Sequence[Rule]) -> None:
        self._seed = seed
        self._posts: defaultdict[str | None, int] = defaultdict(int)
        self._lists = 0
        self._named: defaultdict[str, list[Rule]] = defaultdict(list)
        self._shares = [rule for rule in rules if rule.fault in POST_FAULTS and rule.order_id is None]
        self._list_rules = [rule for rule in rules if rule.fault in LIST_FAULTS]
        self._row_rules = [rule for rule in rules if rule.fault in ROW_FAULTS]
        for rule in rules:
            if rule.fault in POST_FAULTS and rule.order_id is not None:
                self._named[rule.order_id].append(rule)

    def of_post(self, order_id: str | None) -> Rule | None:
        """Counts a post and picks its fault.

        Rules that name the order come first, then the shares, each its own slice of one draw: five faults of
        5 % strike a quarter of all posts.
        """
        if not self._shares and not self._named:
            return None
        self._posts[order_id] += 1
        nth = self._posts[order_id]
        if order_id is not None:
            for rule in self._named.get(order_id, ()):
                if rule.lasts(nth):
                    return rule
        return self._of_shares(order_id, nth)

    def of_list(self) -> Rule | None:
        """Counts a list read and picks its fault."""
        self._lists += 1
        for rule in self._list_rules:
            if rule.lasts(self._lists) and draw(self._seed, rule.fault, self._lists) < _share(rule):
                return rule
        return None

    @property
    def hide_rows(self) -> bool:
        """Whether `hides` can be true for any row at all."""
        return any(rule.lasts(self._lists) for rule in self._row_rules)

    def hides(self, order_id: str | None, age_ms: int) -> bool:
        """Whether the list read in progress leaves out a row of this order and age."""
        return any(self._hides(rule, order_id, age_ms) for rule in self._row_rules)

    def _of_shares(self, order_id: str | None, nth: int) -> Rule | None:
        if not self._shares:
            return None
        left = draw(self._seed, "post", order_id, nth)
        for rule in self._shares:
            left -= _share(rule)
            if left < 0:
                return rule if rule.lasts(nth) else None
        return None

    def _hides(self, rule: Rule, order_id: str | None, age_ms: int) -> bool:
        if rule.order_id not in (None, order_id) or not rule.lasts(self._lists):
            return False
        if rule.delay_ms is not None and age_ms >= rule.delay_ms:
            return False
        return draw(self._seed, rule.fault, order_id) < _share(rule)


def _share(rule: Rule) -> float:
    """The slice of everything a rule takes; one that names an order takes all its rows, none of the rest."""
    if rule.order_id is not None:
        return 1.0 if rule.fault in ROW_FAULTS else 0.0
    return 1.0 if rule.rate is None else rule.rate


def _problem(rule: Rule) -> str | None:
    if rule.rate is not None and rule.order_id is not None:
        return "either a rate or an order_id, not both"
    if rule.rate is not None and not 0.0 <= rule.rate <= 1.0:
        return "the rate must be between 0 and 1"
    if rule.order_id is not None and rule.fault in LIST_FAULTS:
        return "a list read belongs to no order"
    if rule.times is not None and rule.times < 1:
        return "times must be at least 1"
    if rule.delay_ms is None and rule.fault in _NEED_DELAY:
        return "needs delay_ms"
    if rule.delay_ms is not None and rule.delay_ms < 0:
        return "delay_ms must not be negative"
    if not (rule.retry_after.isascii() and rule.retry_after.isprintable()):
        return "retry_after must be printable ASCII"
    return None
