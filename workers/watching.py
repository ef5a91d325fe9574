"""Everything a worker tells about itself, gathered into one port. Metrics and logs stand behind it, or a test."""

from __future__ import annotations

from typing import Protocol

from workers.accounts.hearing import AccountWatcher
from workers.disputes.poller import DisputeWatcher
from workers.event_loop.ports import LoopHooks
from workers.payments.observer import Observer
from workers.resolver.expiring import HoldWatcher
from workers.resolver.hints import HintWatcher
from workers.resolver.mirror import MirrorWatcher
from workers.resolver.strays import StrayWatcher
from workers.risk.gate import RiskWatcher
from workers.workflows.splits import SplitWatcher


class Watcher(
    Observer,
    MirrorWatcher,
    HintWatcher,
    StrayWatcher,
    HoldWatcher,
    DisputeWatcher,
    SplitWatcher,
    RiskWatcher,
    LoopHooks,
    AccountWatcher,
    Protocol,
):
    """Listens to spine, mirror, resolver, sweeper, disputes, event loop and gateway client. Must return at once."""

    def flush(self) -> None:
        """Some time has passed, or the worker ends: show what was only gathered so far."""

    def spans(self, result: str, count: int) -> None:
        """So many spans of traces were `exported`, `failed` or `dropped`. Called from another thread."""

    def swept(self, action: str, count: int) -> None:
        """The sweeper did this to so many orders: `enqueued`, `made_unknown`."""
