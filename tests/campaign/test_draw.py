"""Seeds: what they stand for, and how a failing one is brought down to what made it fail."""

from collections import Counter
from collections.abc import Sequence

from tests.campaign.catalogue.table import BY_NAME, CATALOGUE
from tests.campaign.draw import FAULTS_MAX, FAULTS_MIN, draw, fits, packed
from tests.campaign.fault import FAMILIES, Fault
from tests.campaign.shrink import shrink

SEEDS = range(400)


def test_a_seed_always_means_the_same() -> None:
    """Drawing is a pure function of seed and catalogue."""
    assert [draw(seed, CATALOGUE) for seed in SEEDS] == [draw(seed, CATALOGUE) for seed in SEEDS]


def test_a_run_has_two_to_six_faults_that_fit() -> None:
    """Never fewer, never more, none twice, and none that excludes another."""
    for seed in SEEDS:
        faults = draw(seed, CATALOGUE)
        assert FAULTS_MIN <= len(faults) <= FAULTS_MAX
        assert all(fits(fault, [other for other in faults if other is not fault]) for fault in faults)


def test_every_family_gets_its_share() -> None:
    """Over many seeds no family is drawn less than half as often as the average one."""
    families = Counter(fault.family for seed in SEEDS for fault in draw(seed, CATALOGUE))
    assert set(families) == set(FAMILIES)
    assert min(families.values()) > families.total() / len(FAMILIES) / 2


def test_the_whole_catalogue_packs_into_few_runs() -> None:
    """Every fault is in exactly one run, and all that share a run fit together."""
    runs = packed(CATALOGUE)
    assert sorted(fault.name for run in runs for fault in run) == sorted(BY_NAME)
    assert all(fits(fault, [other for other in run if other is not fault]) for run in runs for fault in run)


def test_a_failing_run_shrinks_to_the_guilty() -> None:
    """Of six faults the two are kept that only together make the run fail."""
    faults = CATALOGUE[:6]
    guilty = {faults[1].name, faults[4].name}
    tried: list[int] = []

    def fails(fewer: Sequence[Fault]) -> bool:
        tried.append(len(fewer))
        return guilty <= {fault.name for fault in fewer}

    assert {fault.name for fault in shrink(faults, fails)} == guilty
    assert len(tried) <= 1 + len(faults)


def test_a_run_that_fails_without_faults_shrinks_to_none() -> None:
    """Then no fault is guilty, and that is found out first."""
    assert shrink(CATALOGUE[:4], lambda fewer: True) == ()
