"""Through which merchant accounts an order may go, the one to try first in front. Pure.

Where an order goes is decided when it is about to be sent, and written with its intent (`lane`). Until then it belongs
to nobody, so that it may pass by an account that sends nothing. From then on it stays, unless its holder knows that no
byte of it left: what may have happened at one account is never tried at another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from producers.contract.fields import ACCOUNT_DEFAULT
from producers.runtime.ledger.record import Record


@dataclass(frozen=True, slots=True)
class Route:
    """An account, and what it takes; `currencies` None is every one."""

    account: str
    currencies: frozenset[str] | None = None

    def takes(self, currency: str) -> bool:
        """Whether it takes that currency."""
        return self.currencies is None or currency in self.currencies


class Unroutable(Exception):
    """No account may charge this order; it ends here, unsent."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoSuchLane(Exception):
    """It belongs to an account that this worker does not know; another may, or this one after it was mended."""


class Routing:
    """The rules of one deployment. `routes` come by priority."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = {route.account: route for route in routes}
        self._by_currency: dict[str, tuple[str, ...]] = {}

    def of(self, record: Record, *, bound: bool) -> tuple[str, ...]:
        """The accounts that may charge it, in the order in which they are tried.

        An order that names none goes by rule: `default` is its name for that. One that is `bound` to an earlier
        payment, because it charges its card again or follows it, goes to the account of that payment: nobody else knows
        of it.

        Raises:
            Unroutable: none may.
            NoSuchLane: the one that it belongs to is not here.
        """
        if lane := record.text("lane"):
            if lane not in self._routes:
                raise NoSuchLane
            return (lane,)
        asked, currency = record.account, record.text("currency")
        if bound or asked != ACCOUNT_DEFAULT:
            return (self._named(asked, currency, follows=bool(record.text("parent"))),)
        accounts = self._by_currency.get(currency)
        if accounts is None:
            accounts = tuple(name for name, route in self._routes.items() if route.takes(currency))
            self._by_currency[currency] = accounts
        if not accounts:
            raise Unroutable("currency_not_taken")
        return _last(record.text("shunned"), accounts) if len(accounts) > 1 else accounts

    def _named(self, asked: str, currency: str, *, follows: bool) -> str:
        """The account of that name. What follows a payment is its account's, even in a currency taken no more."""
        if asked == ACCOUNT_DEFAULT and asked not in self._routes:
            if len(self._routes) > 1:
                raise Unroutable("account_required")
            (asked,) = self._routes
        route = self._routes.get(asked)
        if route is None:
            raise Unroutable("account_unknown")
        if not follows and not route.takes(currency):
            raise Unroutable("currency_not_taken")
        return asked


def _last(shunned: str, accounts: tuple[str, ...]) -> tuple[str, ...]:
    """The one that could not be reached is tried again only when the others send nothing either."""
    if shunned not in accounts:
        return accounts
    return (*(account for account in accounts if account != shunned), shunned)
