"""The same API over HTTP for services in other languages, and the door for what the gateway tells by itself.

It stands before the queue: an order is accepted, a hint is placed, and nothing here speaks to the gateway. Bodies are
never logged, and no answer repeats a digit of a card.
"""

from producers.http.app import create_app

__all__ = ["create_app"]
