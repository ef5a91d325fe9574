"""The queue: how a wake-up for an order, or a hint at a payment, is put where Dramatiq's workers find it.

A message carries one id and a version, nothing else. It may be lost, doubled or late without harm: the
ledger is the truth.
"""

from producers.runtime.queue.calls import ENQUEUE_MAX, Enqueue, Hint, WakeUp, enqueue
from producers.runtime.queue.placing import in_calls, place, place_async

__all__ = ["ENQUEUE_MAX", "Enqueue", "Hint", "WakeUp", "enqueue", "in_calls", "place", "place_async"]
