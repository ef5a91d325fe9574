"""A plan of faults: what it may say, and what makes no sense. `faults` picks who is struck, `catalogue` strikes."""

from collections import defaultdict
from typing import Final, Literal, get_args

import msgspec

from cardinity_client.wire import without_card_digits

#: What can be struck: charges, their finalizing, what follows a charge, and links. A charge when nothing is said.
Operation = Literal[
    "payment", "finalize", "refund", "settlement", "void", "chargeback", "rdr", "link", "link_update", "link_delete"
]
#: What can go wrong with the request or the answer of one that wants a change.
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
#: Another end than the test mode's own: the bank declines, or a proxy on the way delivers the request twice.
#: The second doubles what no client asked for twice, so it is no fault that a client can be blamed for.
EndFault = Literal["declined", "delivered_twice"]
#: What can go wrong with a list as a whole, and with single rows of it.
ListFault = Literal["list_500", "list_repeated", "list_reordered"]
RowFault = Literal["list_lag", "list_missing_row"]

POST_FAULTS: Final = frozenset[str](get_args(PostFault))
END_FAULTS: Final = frozenset[str](get_args(EndFault))
LIST_FAULTS: Final = frozenset[str](get_args(ListFault))
ROW_FAULTS: Final = frozenset[str](get_args(RowFault))

#: Faults that mean nothing without a delay. The others have a sensible one of their own.
_NEED_DELAY: Final = frozenset({"late_landing", "slow_answer", "list_lag"})
#: A link is nothing that a bank could decline, and only these have a list.
_NEVER_DECLINED: Final = frozenset[str]({"link", "link_update", "link_delete"})
_LISTED: Final = frozenset[str]({"payment", "refund", "settlement", "void", "chargeback", "rdr"})


class PlanError(ValueError):
    """The plan cannot be used; the text names the rule and what is wrong with it."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of a plan: a fault, whom it strikes and how often.

    `rate` is a share of all posts (or rows, or list reads) of the operation. `order_id` names one order and what
    follows its charge, `description` one request by the token in it; with none of the three it strikes always.
    `times` stops it after the n-th post of an order (of a token, of a parent), or after the n-th list read.
    `error` and `advice` are what `declined` says.
    """

    fault: PostFault | EndFault | ListFault | RowFault
    rate: float | None = None
    order_id: str | None = None
    times: int | None = None
    delay_ms: int | None = None
    retry_after: str = "1"
    operation: Operation = "payment"
    description: str | None = None
    error: str = "3000: Do Not Honor"
    advice: str | None = None

    @property
    def strikes_posts(self) -> bool:
        return self.fault in POST_FAULTS or self.fault in END_FAULTS

    @property
    def is_named(self) -> bool:
        """Whether it is meant for somebody, and not for a share of all."""
        return self.order_id is not None or self.description is not None

    def means(self, order_id: str | None, description: str | None) -> bool:
        """Whether a request of this order and token is one that the rule names."""
        return self.order_id in (None, order_id) and self.description in (None, description)

    def lasts(self, nth: int) -> bool:
        return self.times is None or nth <= self.times

    @property
    def share(self) -> float:
        """The slice of everything it takes; one that is named takes all its own rows, none of the rest."""
        if self.is_named:
            return 1.0 if self.fault in ROW_FAULTS else 0.0
        return 1.0 if self.rate is None else self.rate

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
    shares: defaultdict[str, float] = defaultdict(float)
    for rule in rules:
        shares[rule.operation] += rule.share if rule.strikes_posts else 0.0
    if any(share > 1.0 + 1e-9 for share in shares.values()):
        raise PlanError("the shares of the post faults add up to more than 1")
    return rules


def _problem(rule: Rule) -> str | None:
    if rule.rate is not None and rule.is_named:
        return "either a rate or an order_id or description, not both"
    if rule.rate is not None and not 0.0 <= rule.rate <= 1.0:
        return "the rate must be between 0 and 1"
    if rule.is_named and rule.fault in LIST_FAULTS:
        return "a list read belongs to no order"
    if rule.fault == "declined" and rule.operation in _NEVER_DECLINED:
        return f"nobody declines a {rule.operation}"
    if not rule.strikes_posts and rule.operation not in _LISTED:
        return f"there is no list of {rule.operation}"
    if rule.times is not None and rule.times < 1:
        return "times must be at least 1"
    if rule.delay_ms is None and rule.fault in _NEED_DELAY:
        return "needs delay_ms"
    if rule.delay_ms is not None and rule.delay_ms < 0:
        return "delay_ms must not be negative"
    if not (rule.retry_after.isascii() and rule.retry_after.isprintable()):
        return "retry_after must be printable ASCII"
    if not rule.error or "\n" in rule.error:
        return "error must be one line"
    return None
