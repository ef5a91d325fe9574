"""The customers of links: each pays on the page whose address the shop has told, as its order's id has it.

Whoever cannot pay now, because something is away, tries again; a page that says that it was paid is the end of it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

import aiohttp

from producers.contract import states
from producers.enqueue import Enqueuer
from producers.errors import ProducerError
from tests.campaign import forms
from tests.campaign.second import Branches
from tests.e2e.shoppers import FormShopper, pay_link

#: A published test card about which the bank asks on its page; nobody's card in a run is like it.
ASKED_CARD = "5454545454545454"
#: Seconds one visit may take.
VISIT_S = 5.0


def has_acted(stack: Branches, enqueuer: Enqueuer, order_id: str) -> bool:
    """Do for this order what its customer does; False when there is no address yet, or it has to be tried again."""
    try:
        order = enqueuer.get(order_id)
        if order.final or order.state == states.PARKED:
            return True
        if order.link_url is None:
            return False
        paying = forms.paying_of(order_id)
        if paying == forms.CANCELLED:
            enqueuer.cancel_link(order_id)
        elif paying != forms.NEVER_PAYS:
            # By a way of their own: what befalls the workers' link to the gateway is not the customers' trouble.
            url = f"{stack.gateway_of(order.account).removesuffix('/v1')}{urlsplit(order.link_url).path}"
            asyncio.run(_pay(url, f"{order.amount.text} {order.amount.currency}", paying == forms.PAYS_TWICE))
    except (ProducerError, aiohttp.ClientError, TimeoutError):
        return False
    return True


async def _pay(url: str, amount: str, twice: bool) -> None:
    """Once; or by two people who are at the bank at the same time."""
    async with asyncio.timeout(VISIT_S), aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        people = [FormShopper(session) for _ in range(1 + twice)]
        for person in people:
            await person.open(url)
            if "Nothing to pay here" in await person.page():
                return  # paid before, withdrawn or over
            await pay_link(person, url, amount, ASKED_CARD)
            await person.is_handed_over("Go to the bank")
        for person in people:
            await person.press("Approve")
            with suppress(AssertionError):
                await person.sees("Thank you")
