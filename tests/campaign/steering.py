"""Which crash points a run of a soak is steered to: those whose count of blows is furthest from its goal. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from tests.campaign.catalogue.points import struck
from tests.campaign.draw import fits
from tests.campaign.fault import Fault
from tests.campaign.points import BLOWS, PRODUCER_POINTS, blow

Pair = tuple[str, str]

#: Blows of one kind at one point in one run, at the most.
SAME_MAX = 4
#: A failed write takes D to happen, and its worker must live that long: where it is meant, no other worker is struck.
SLOW, SLOW_MAX = "W11", 8


def allotted(hits: Counter[str], blows: int) -> dict[Pair, int]:
    """So many blows, each to the kind that is then the least complete."""
    given: Counter[Pair] = Counter()

    def completeness(pair: Pair) -> float:
        return (hits[blow(*pair)] + given[pair]) / BLOWS[pair]

    slow = min(BLOWS, key=completeness)[0] == SLOW
    most = {pair: SLOW_MAX if pair[0] == SLOW else SAME_MAX for pair in BLOWS if _together(pair, slow=slow)}
    for _ in range(blows):
        open_pairs = [pair for pair in most if given[pair] < most[pair]]
        if not open_pairs:
            break
        given[min(open_pairs, key=completeness)] += 1
    return dict(given)


def steered(drawn: Sequence[Fault], blows: Mapping[Pair, int]) -> tuple[Fault, ...]:
    """The seed's faults, and on top of them the blows that can be combined with all of these."""
    extra = [struck(point, how, count) for (point, how), count in blows.items()]
    return (*drawn, *(fault for fault in extra if fits(fault, drawn)))


def _together(pair: Pair, *, slow: bool) -> bool:
    return pair[0] in PRODUCER_POINTS or (pair[0] == SLOW) == slow
