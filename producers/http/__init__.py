"""The same API over HTTP for services in other languages, and the doors for what the gateway tells by itself and for
customers who come back from their bank.

It stands before the queue: an order is accepted, an answer kept, a hint placed, a subscription written down. It speaks
to the gateway only where it was given credentials, and then reads; the one thing it changes there is a payment link's
end. Bodies are never logged, and no answer repeats a digit of a card.
"""

from producers.http.app import create_app

__all__ = ["create_app"]
