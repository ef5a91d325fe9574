"""What `doctor` says of settings, and what its findings come to."""

from __future__ import annotations

import pytest

from workers.cli.checkup import of_settings
from workers.cli.checkup.command import exit_code_of

HOME = {"HOME": "/nonexistent"}
PRODUCER = {**HOME, "PRODUCER_KEY": "a key", "SEAL_PUBLIC_KEY": "a key"}


def test_a_complete_producer_may_lack_what_only_workers_need() -> None:
    """On a producer's host the gateway's credentials are worth a note, not an error."""
    _, findings = of_settings(PRODUCER)
    assert {finding.verdict for finding in findings} == {"ok", "note"}
    assert findings[0].message == "complete for a producer"


def test_a_host_that_is_neither_is_told_what_both_need() -> None:
    """With nothing set, everything that is missing is wrong."""
    _, findings = of_settings(HOME)
    assert {finding.verdict for finding in findings} == {"wrong"}
    named = {finding.message.partition(":")[0] for finding in findings}
    assert {"PRODUCER_KEY", "CARDINITY_CONSUMER_SECRET", "PRODUCERS_FILE"} <= named


def test_settings_that_contradict_each_other_end_the_examination() -> None:
    """Without usable settings there is nothing to connect to; the rule is told."""
    settings, findings = of_settings({**PRODUCER, "LEASE_S": "1"})
    assert settings is None
    assert "LEASE_S" in findings[0].message


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([], 0),
        (["ok", "note"], 0),
        (["ok", "unreachable"], 69),
        (["unreachable", "wrong", "ok"], 78),
    ],
)
def test_the_worst_finding_decides(verdicts: list[str], code: int) -> None:
    """What is wrong must be mended; what does not answer may come back."""
    assert exit_code_of(verdicts) == code
