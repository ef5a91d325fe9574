"""What the chaos suite can cause, each by the fault that is the same to those who look at numbers, or why nobody looks.

A worker that is lost at a point of its spine is the campaigns' worker that is lost there; whoever nobody starts again
is told of in `besides`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from tests.chaos import chains, following, linking, phases, scenes, splitting, test_crash_producer
from tests.chaos.test_crash_finalize import STEPS as FINALIZE_STEPS
from tests.chaos.test_crash_risk import STEPS as RISK_STEPS

#: Where a worker is lost: a step, or what the gateway does to its request meanwhile, and the point of the campaigns.
POINTS: Final[Mapping[str, str]] = {
    "fetched": "W1",
    "claimed": "W2",
    "judged": "W2",
    "kept": "W2",
    "intended": "W3",
    "written by half": "W4",
    "hang_before": "W5",
    "charge_then_hang": "W6",
    "answered": "W7",
    "recorded": "W8",
    "settlement_recorded": "W8",
    "finalize_recorded": "W8",
    "http:list_payments": "W9",
    "http:get_payment": "W10",
    "answering": "W13",
    "finalized": "W14",
    "settling": "W15",
    "settled": "W16",
}
#: Where a caller is lost.
CALLS: Final[Mapping[str, str]] = {"row": "P1", "enqueue": "P2", "reply": "P3"}
#: By the module: faults of the recorded that it causes as a whole.
WHOLE: Final[Mapping[str, Sequence[str]]] = {
    "amplification": ("gateway-http-503-after", "gateway-list-500", "gateway-list-lag"),
    "blind_mirror": ("gateway-list-500",),
    "crash_archive": ("archive-lost",),
    "crash_ledger": ("redis-kill", "worker-kill-all"),
    "crash_mirror": ("worker-kill-W9", "gateway-foreign-burst"),
    "crash_webhooks": ("webhooks-lost",),
    "dunning_races": ("scheduler-lost", "bank-declines-all"),
    "forgetful_redis": ("redis-everysec", "redis-evicting-policy"),
    "lost_ledger": ("redis-flushall",),
    "phase_faults": ("gateway-http-503-after", "gateway-later-http-500-before", "gateway-list-500", "gateway-list-lag"),
    "recovery_time": ("worker-kill-all",),
    "renewal_races": ("scheduler-lost",),
    "rolling": ("deploy-rolling-restart",),
    "sigterm": ("worker-term-all", "redis-kill"),
    "two_phase": ("gateway-lands-beyond-h", "net-gateway-cut-1s", "gateway-hold-twice"),
}
#: By the module: why nobody is to be woken by what it causes.
SILENT: Final[Mapping[str, str]] = {
    "canary": "it looks for cards in what it made up, and breaks nothing",
    "card_canary": "it looks for cards in what other faults leave behind",
    "card_echo": "an answer's words are cut off, and the payment is as any other",
    "crash_operator": "a command of a human is lost, who sees that, and gives it again",
    "limited_account": "the account is as slow as its merchant wants it",
    "mixed_releases": "what one release leaves to the other is taken by that within a second",
    "oracle": "it judges books that it made up, and breaks nothing",
}


class _Scene(Protocol):
    """A blow at a step, or while the gateway does not answer: then `fault` says what it does instead."""

    @property
    def at(self) -> str: ...


_SPINES: Final[Mapping[str, Sequence[_Scene]]] = {
    "crash_chains": chains.SCENES,
    "crash_following": following.SCENES,
    "crash_linking": linking.SCENES,
    "crash_splits": splitting.SCENES,
    "crash_two_phase": phases.SCENES,
}
_STEPS: Final = {"crash_finalize": FINALIZE_STEPS, "crash_risk": RISK_STEPS}
#: Modules in which each point has a fault of its own.
BY_POINT: Final = frozenset({*_SPINES, *_STEPS, "crash_points", "crash_producer"})


def crashes() -> Iterator[tuple[str, str]]:
    """Every crash point of the suite and every way to be struck there, in words, and the name of its fault; what the
    tables do not know is a fault that there is not.
    """
    for how in scenes.WAYS:
        for module, place in _places():
            yield f"{module}, {place}, {how}", f"worker-{how.lower()}-{POINTS.get(place, 'nowhere')}"
    for place, blow in test_crash_producer.CASES:
        yield f"crash_producer, {place}, {blow}", f"producer-{blow.lower()}-{CALLS.get(place, 'nowhere')}"


def _places() -> Iterator[tuple[str, str]]:
    yield from (("crash_points", read) for read in ("http:list_payments", "http:get_payment"))
    for scene in scenes.SCENES:
        yield "crash_points", scene.at or (scene.fault or {"fault": "written by half"})["fault"]
    for module, played in _SPINES.items():
        yield from ((module, one.at or getattr(one, "fault", "")) for one in played)
    for module, steps in _STEPS.items():
        yield from ((module, step) for step in steps)
