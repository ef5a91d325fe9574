"""The rules as data: name, what it does unless told otherwise, why, its limits, and when it is met. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from producers.contract.risk import BLOCK, REVIEW

#: Whether a rule acts, is only counted, or is not looked at.
Mode = Literal["live", "shadow", "off"]
MODES: Final = ("live", "shadow", "off")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one order. None is what nobody knows: a rule that needs it stays silent."""

    amount_minor: int
    currency: str
    country: str
    hour: int
    ip_country: str | None = None
    failed_by_address: int | None = None
    cards: int | None = None
    customers: int | None = None
    small_by_card: int | None = None
    small_by_address: int | None = None
    #: Countries that the customer has paid from before, and whether these two are among them.
    places: int | None = None
    country_known: bool = False
    ip_country_known: bool = False
    #: Hours of the day at which the customer has paid before, and whether this one is among them.
    hours: int | None = None
    hour_known: bool = False
    volume: int = 0
    volume_usual: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers of one rule: whole ones by name, and amounts in minor units by currency."""

    numbers: Mapping[str, int]
    amounts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `met` answers None where what it needs is not known."""

    name: str
    verdict: str
    why: str
    limits: Limits
    met: Callable[[Facts, Limits], bool | None]


@dataclass(frozen=True, slots=True)
class Use:
    """A rule as a deployment uses it."""

    rule: Rule
    mode: Mode
    verdict: str
    limits: Limits


def _at_least(count: int | None, limits: Limits) -> bool | None:
    return None if count is None else count >= limits.numbers["max"]


def _failed_attempts(facts: Facts, limits: Limits) -> bool | None:
    return _at_least(facts.failed_by_address, limits)


def _geography(facts: Facts, limits: Limits) -> bool | None:
    """The address is elsewhere and the customer never paid from there; or the country is new for somebody known."""
    enough = facts.places is not None and facts.places >= limits.numbers["history"]
    strange_country = enough and not facts.country_known
    if facts.ip_country is None:
        return strange_country if facts.places is not None else None
    elsewhere = facts.ip_country != facts.country and not facts.ip_country_known
    return elsewhere or strange_country


def _odd_hours(facts: Facts, limits: Limits) -> bool | None:
    """A high amount at night, by somebody who is not known to pay then."""
    high = limits.amounts.get(facts.currency)
    if high is None:
        return None
    from_h, until_h = limits.numbers["from_h"], limits.numbers["until_h"]
    hour = facts.hour
    odd = from_h <= hour < until_h if from_h <= until_h else hour >= from_h or hour < until_h
    return facts.amount_minor >= high and odd and not facts.hour_known


def _many_cards(facts: Facts, limits: Limits) -> bool | None:
    return _at_least(facts.cards, limits)


def _many_customers(facts: Facts, limits: Limits) -> bool | None:
    return _at_least(facts.customers, limits)


def _card_testing(facts: Facts, limits: Limits) -> bool | None:
    """Small amounts by many cards from one address, or again and again by one card."""
    small = limits.amounts.get(facts.currency)
    if small is None or (facts.small_by_card is None and facts.small_by_address is None):
        return None
    most = max(facts.small_by_card or 0, facts.small_by_address or 0)
    return facts.amount_minor <= small and most >= limits.numbers["max"]


def _sudden_volume(facts: Facts, limits: Limits) -> bool | None:
    """An hour of the account with many times the charges that its hours usually have."""
    if facts.volume_usual <= 0:
        return None
    return facts.volume >= limits.numbers["min"] and facts.volume > limits.numbers["factor"] * facts.volume_usual


#: Every rule. A limit called `window_s` is how far back it looks.
RULES: Final = (
    Rule("failed_attempts", BLOCK, "many failed attempts from one address",
         Limits({"max": 5, "window_s": 3600}), _failed_attempts),
    Rule("unusual_geography", REVIEW, "the address or the country is not where this customer pays from",
         Limits({"history": 3}), _geography),
    Rule("odd_hours", REVIEW, "a high amount at an hour at which few pay, and this customer did not before",
         Limits({"from_h": 1, "until_h": 5}, {"EUR": 50_000, "GBP": 50_000, "USD": 50_000}), _odd_hours),
    Rule("many_cards", REVIEW, "many cards of one customer", Limits({"max": 4, "window_s": 86_400}), _many_cards),
    Rule("many_customers", REVIEW, "many customers with one card",
         Limits({"max": 3, "window_s": 86_400}), _many_customers),
    Rule("card_testing", BLOCK, "small amounts by many cards from one address, or often by one card",
         Limits({"max": 5, "window_s": 3600}, {"EUR": 200, "GBP": 200, "USD": 200}), _card_testing),
    Rule("sudden_volume", REVIEW, "an hour of the account with many times the charges it usually has",
         Limits({"min": 100, "factor": 10}), _sudden_volume),
)  # fmt: skip
NAMES: Final = tuple(rule.name for rule in RULES)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """What a deployment asks of its rules. Times in seconds; `zone` is the merchant's, an IANA name."""

    uses: Mapping[str, Use]
    zone: str = "UTC"
    #: What is done with an order whose facts cannot be read within `patience_s`: "allow" or "hold_back".
    on_trouble: str = "allow"
    patience_s: float = 0.5
    #: What becomes of a review that nobody has decided after `review_s`: "expire" or "reject".
    on_timeout: str = "expire"
    review_s: int = 43_200

    def window_ms(self, name: str) -> int:
        """How far back that rule looks."""
        return self.uses[name].limits.numbers["window_s"] * 1000

    def is_small(self, minor: int, currency: str) -> bool:
        """Whether an amount is one that testers of cards use."""
        small = self.uses["card_testing"].limits.amounts.get(currency)
        return small is not None and minor <= small


#: Every rule is counted and none acts.
DEFAULT: Final = RuleSet({rule.name: Use(rule, "shadow", rule.verdict, rule.limits) for rule in RULES})
