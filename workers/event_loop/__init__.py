"""Runs async actors natively on one event loop per process: in flight bounded, acks batched, none stranded.

`middleware` is the door for Dramatiq, `ports` what the loop asks of its surroundings, `settings` its limits.
"""

from workers.event_loop.middleware import EventLoop, EventLoopError
from workers.event_loop.ports import Handler, LoopHooks, LoopWatch, Quarantine, Runtime
from workers.event_loop.settings import LoopSettings

__all__ = [
    "EventLoop",
    "EventLoopError",
    "Handler",
    "LoopHooks",
    "LoopSettings",
    "LoopWatch",
    "Quarantine",
    "Runtime",
]
