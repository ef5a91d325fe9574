"""The merchant accounts that the application itself may ask the gateway about: those whose credentials it was given.

It needs none to accept orders. With them it reads what the gateway has, and moves or switches payment links; it never
charges and gives nothing back, for that is what orders are for. Credentials are read once, when it starts.
"""

from __future__ import annotations

from collections.abc import Mapping

from cardinity_client import CardinityClient
from producers.errors import FieldError, InvalidCommand
from producers.http.refusals import HttpProblem
from producers.runtime.accounts import unreadable
from producers.runtime.settings import Settings


class Gateway:
    """A client for each account. Belongs to one event loop."""

    def __init__(self, clients: Mapping[str, CardinityClient]) -> None:
        self._clients = clients

    @classmethod
    def from_settings(cls, settings: Settings) -> Gateway:
        """Of the accounts whose key and secret are there."""
        given = [account.name for account in settings.merchants if not unreadable([account])]
        return cls({name: CardinityClient(settings.client_settings(name)) for name in given})

    def client(self, account: str) -> CardinityClient:
        """The client of that account.

        Raises:
            HttpProblem: `gateway_off`, no credentials were given.
            InvalidCommand: `account_unlisted`, those of this account were not.
        """
        if not self._clients:
            raise HttpProblem("gateway_off", "this application has no credentials of the gateway", 404)
        client = self._clients.get(account)
        if client is None:
            message = "this application has no credentials of such an account"
            raise InvalidCommand([FieldError("account", "account_unlisted", message)])
        return client

    async def aclose(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()
