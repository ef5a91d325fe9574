"""Puts the sandbox together: the gateway's API, the pages of its shoppers, and the routes that only tests use."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.admin import LoopbackOnly, admin_routes
from cardinity_client.sandbox.gateway import Gateway
from cardinity_client.sandbox.pages.acs import acs_routes
from cardinity_client.sandbox.pages.checkout import checkout_routes
from cardinity_client.sandbox.settings import SandboxSettings


def create_app(settings: SandboxSettings, account: Account | None = None) -> Starlette:
    """The sandbox as an ASGI app. Hand in an `Account` to look into its book from the same process.

    Faults below HTTP work under `serving` only.
    """
    account = account or Account(settings)
    gateway = Gateway(account)
    return Starlette(
        routes=[
            # First, for nearly everything comes here.
            Mount("/v1", app=gateway),
            Mount("/_sandbox", routes=admin_routes(account), middleware=[Middleware(LoopbackOnly)]),
            *checkout_routes(account),
            Mount("/acs", routes=acs_routes(account)),
            # What is nowhere is the gateway's too: it asks for credentials before it says so.
            Mount("/", app=gateway),
        ]
    )
