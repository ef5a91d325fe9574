"""A plan in force: who is struck. `plan` says what a plan may say, `catalogue` what each fault does.

Chance is a pure function of the seed, the order and how many posts of that order the plan has seen, so a run
repeats exactly however its requests interleave, and a share of 5 % strikes the same orders every time.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from cardinity_client.sandbox.plan import LIST_FAULTS, ROW_FAULTS, Operation, Rule


def draw(seed: int, *facts: object) -> float:
    """A number in [0, 1) that only the seed and the facts decide."""
    text = "\x1f".join(map(str, (seed, *facts)))
    return int.from_bytes(blake2b(text.encode(), digest_size=7).digest()) / 2**56


class Strikes:
    """The rules for one operation: counts its posts and list reads and picks the rule for each.

    A post is told by facts that stay the same when it is repeated: the order of a charge, the parent and the
    token of a refund.
    """

    def __init__(self, seed: int, name: str, rules: Iterable[Rule]) -> None:
        self._seed = seed
        self._name = name
        self._posts: defaultdict[tuple[str | None, ...], int] = defaultdict(int)
        self._lists = 0
        rules = tuple(rules)
        self._named = [rule for rule in rules if rule.strikes_posts and rule.is_named]
        self._shares = [rule for rule in rules if rule.strikes_posts and not rule.is_named]
        self._list_rules = [rule for rule in rules if rule.fault in LIST_FAULTS]
        self._row_rules = [rule for rule in rules if rule.fault in ROW_FAULTS]
        #: Rules by the order they name: a plan may name thousands.
        self._of_order: defaultdict[str | None, list[Rule]] = defaultdict(list)
        for rule in self._named:
            self._of_order[rule.order_id].append(rule)

    def of_post(self, facts: tuple[str | None, ...], order_id: str | None, description: str | None) -> Rule | None:
        """Counts a post and picks its fault.

        Rules that name it come first, then the shares, each its own slice of one draw: five faults of 5 % strike
        a quarter of all posts.
        """
        if not self._shares and not self._named:
            return None
        self._posts[facts] += 1
        nth = self._posts[facts]
        for rule in self._naming(order_id):
            if rule.means(order_id, description) and rule.lasts(nth):
                return rule
        return self._of_shares(facts, nth)

    def of_list(self) -> Rule | None:
        """Counts a list read and picks its fault."""
        self._lists += 1
        for rule in self._list_rules:
            if rule.lasts(self._lists) and draw(self._seed, rule.fault, self._lists) < rule.share:
                return rule
        return None

    @property
    def hide_rows(self) -> bool:
        """Whether `hides` can be true for any row at all."""
        return any(rule.lasts(self._lists) for rule in self._row_rules)

    def hides(self, facts: tuple[str | None, ...], order_id: str | None, description: str | None, age_ms: int) -> bool:
        """Whether the list read in progress leaves out a row of this order, token and age."""
        return any(rule.means(order_id, description) and self._hides(rule, facts, age_ms) for rule in self._row_rules)

    def _naming(self, order_id: str | None) -> Sequence[Rule]:
        if not self._named:
            return ()
        by_order = self._of_order.get(order_id, []) if order_id is not None else []
        return [*by_order, *self._of_order.get(None, [])]

    def _of_shares(self, facts: tuple[str | None, ...], nth: int) -> Rule | None:
        if not self._shares:
            return None
        left = draw(self._seed, self._name, *facts, nth)
        for rule in self._shares:
            left -= rule.share
            if left < 0:
                return rule if rule.lasts(nth) else None
        return None

    def _hides(self, rule: Rule, facts: tuple[str | None, ...], age_ms: int) -> bool:
        if not rule.lasts(self._lists) or (rule.delay_ms is not None and age_ms >= rule.delay_ms):
            return False
        return draw(self._seed, rule.fault, *facts) < rule.share


class Faults:
    """The whole plan: what strikes charges by short names, what strikes any other operation under `of`."""

    def __init__(self, seed: int, rules: Sequence[Rule]) -> None:
        self._payments = Strikes(seed, "post", (rule for rule in rules if rule.operation == "payment"))
        self._others: dict[str, Strikes] = {}
        for name in {rule.operation for rule in rules} - {"payment"}:
            self._others[name] = Strikes(seed, name, (rule for rule in rules if rule.operation == name))
        self._none = Strikes(seed, "", ())

    def of(self, operation: Operation) -> Strikes:
        """What strikes an operation."""
        return self._payments if operation == "payment" else self._others.get(operation, self._none)

    def of_post(self, order_id: str | None, description: str | None = None) -> Rule | None:
        """Counts a POST /v1/payments and picks its fault."""
        return self._payments.of_post((order_id,), order_id, description)

    def of_list(self) -> Rule | None:
        """Counts a GET /v1/payments and picks its fault."""
        return self._payments.of_list()

    @property
    def hide_rows(self) -> bool:
        return self._payments.hide_rows

    def hides(self, order_id: str | None, age_ms: int, description: str | None = None) -> bool:
        """Whether the list of payments leaves out a row of this order, description and age."""
        return self._payments.hides((order_id,), order_id, description, age_ms)
