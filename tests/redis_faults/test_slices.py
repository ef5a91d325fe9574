"""A few rounds of every campaign; `python -m tests.redis_faults` plays hundreds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.redis_faults.campaign import Campaign
from tests.redis_faults.table import CAMPAIGNS

#: Rounds of each slice. A control has enough of them to do harm for certain.
ROUNDS = {
    "kill": 3,
    "kill-workers": 1,
    "kill-everysec": 2,
    "power-cut": 4,
    "power-cut-workers": 1,
    "power-cut-everysec": 4,
    "failover": 3,
    "failover-sentinel": 1,
    "failover-sentinels": 1,
    "failover-workers": 2,
    "failover-unconfirmed": 3,
    "flushall": 2,
    "flush-queue": 2,
    "full": 2,
    "boot": 1,
    "refusing": 3,
    "slow": 3,
    "lost-words": 1,
}


@pytest.mark.slow
@pytest.mark.parametrize("campaign", [each for each in CAMPAIGNS if not each.need()], ids=lambda each: each.name)
def test_a_slice_holds(campaign: Campaign, tmp_path: Path) -> None:
    """Nothing is lost or doubled, a control does harm, and nothing contradicts itself."""
    tally = campaign.play(ROUNDS[campaign.name], tmp_path, lambda seen: None)
    assert (campaign.verdict(tally).split(":")[0], tally.lost if not campaign.control else []) == ("ok", [])
    assert tally.rounds >= ROUNDS[campaign.name]
    assert not [finding for finding in tally.findings if finding.startswith(("STUCK", "CONTRADICTION", "NOT FULL"))]


def test_every_campaign_has_a_slice() -> None:
    """None is left to be played by hand only."""
    assert {each.name for each in CAMPAIGNS} == ROUNDS.keys()
