"""The queue: how a wake-up for an order is put where Dramatiq's workers find it.

A message carries an order_id and a version, nothing else. It may be lost, doubled or late without harm: the
ledger is the truth.
"""

from producers.runtime.queue.calls import ENQUEUE_MAX, Enqueue, WakeUp, enqueue

__all__ = ["ENQUEUE_MAX", "Enqueue", "WakeUp", "enqueue"]
