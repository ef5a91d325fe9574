"""A valid request as a deed: what it will change, and what its client is told; and how a fault lets it happen.

Charges, refunds and links differ in what they change, not in what can go wrong with it.
"""

from collections.abc import Callable
from typing import Protocol

from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.catalogue import CATALOGUE, Fault, Landing
from cardinity_client.sandbox.exchange import Exchange
from cardinity_client.sandbox.plan import Rule
from cardinity_client.sandbox.wire import Answer


class Deed(Protocol):
    """Made when a request has passed validation; nothing has changed yet."""

    def answer(self) -> Answer:
        """What its client is told when it lands."""

    def land(self, at_ms: int) -> None:
        """Changes the book. A deed of a payment in processing can land again in its final state."""

    def holds(self) -> bool:
        """Whether it is still allowed: what lands late is judged again."""

    def processing(self) -> "Deed | None":
        """The same in processing, None where that does not exist."""

    def declined(self, error: str, advice: str | None) -> "Deed | None":
        """The same with a no from the bank, None where no bank is asked."""

    def again(self) -> "Deed | None":
        """The same request delivered a second time; None when it changes nothing then."""


#: Judges a request; gets the milliseconds until it lands. An answer is a refusal.
Decide = Callable[[int], Deed | Answer]


async def strike(account: Account, exchange: Exchange, rule: Rule, decide: Decide) -> Answer | None:
    """A request that a fault befalls."""
    fault = CATALOGUE[rule.fault]
    if fault.landing is Landing.NEVER:
        return await fault.play(exchange, Answer(200), rule)
    deed = decide(rule.delay_ms or 0 if fault.landing is Landing.LATER else 0)
    if isinstance(deed, Answer):
        return deed
    return await fault.play(exchange, _land(account, deed, fault, rule), rule)


def perform(account: Account, deed: Deed | Answer) -> Answer:
    """A request that nothing befalls."""
    if isinstance(deed, Answer):
        return deed
    deed.land(account.now_ms())
    return deed.answer()


def _land(account: Account, deed: Deed, fault: Fault, rule: Rule) -> Answer:
    delay_ms = rule.delay_ms or 0
    if fault.landing is Landing.LATER:
        account.agenda.later(delay_ms, lambda due_ms: deed.land(due_ms) if deed.holds() else None)
        return deed.answer()
    if fault.landing is Landing.PROCESSING and (slow := deed.processing()) is not None:
        account.agenda.later(delay_ms, deed.land)
        deed = slow
    elif fault.landing is Landing.DECLINED:
        deed = deed.declined(rule.error, rule.advice) or deed
    deed.land(account.now_ms())
    if fault.landing is Landing.TWICE and (second := deed.again()) is not None:
        second.land(account.now_ms())
    return deed.answer()
