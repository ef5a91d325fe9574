"""What follows a declined renewal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cardinity_client.declines import ADVICE_CODES, DECLINE_CODES, Remedy, read_decline
from producers.subscriptions.dunning.declines import (
    TECHNICAL_WAIT,
    AskCard,
    AskCustomer,
    Declined,
    GiveUp,
    Never,
    TryAgain,
    Verdict,
    after_decline,
)
from producers.subscriptions.dunning.ladder import Ladder, Rung

_ZONE = ZoneInfo("Europe/Vilnius")
_AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def _after(error: str | None, advice: str | None = None, reason: str | None = None, number: int = 1) -> Verdict:
    code = error.partition(":")[0] if error else None
    declined = Declined(read_decline(error, advice, reason), code, advice, _AT, number)
    return after_decline(declined, Ladder(), _ZONE)


@pytest.mark.parametrize(
    ("error", "advice", "verdict"),
    [("3002: Do not honor", "03", Never(False)), ("3001: Insufficient funds", "21", Never(True)),
     ("3014: SCA Required", None, AskCustomer()), ("33333: 3D Secure Authorization Failed.", None, AskCustomer()),
     ("3006: Invalid Card Number", None, AskCard()), ("3002: Do not honor", "01", AskCard()),
     ("3007: Restricted card", None, AskCard()), ("3000: Rejected by issuer", "40", AskCard())],
)  # fmt: skip
def test_the_strictest_word_decides(error: str, advice: str | None, verdict: Verdict) -> None:
    """The network's advice is not overruled by a bank's softer word."""
    assert _after(error, advice) == verdict


@pytest.mark.parametrize("error", ["3001: Insufficient funds", "3999: Something new", None])
def test_what_may_pass_climbs_the_ladder(error: str | None) -> None:
    """And so does what nobody knows how to read, until the ladder ends."""
    verdicts = [_after(error, number=number) for number in range(1, 7)]
    assert all(isinstance(verdict, TryAgain) for verdict in verdicts[:5])
    assert verdicts[5] == GiveUp()


def test_the_networks_wish_is_waited_for() -> None:
    """Advice 27 asks for four days; the first rung would be one."""
    verdict = _after("3000: Rejected by issuer", "27")
    assert isinstance(verdict, TryAgain) and verdict.rung.at == _AT + timedelta(days=4)


def test_a_machine_that_failed_is_tried_the_same_day_once() -> None:
    """The second time it waits like everything else."""
    first, second = _after(None, reason="14"), _after(None, reason="14", number=2)
    assert isinstance(first, TryAgain) and first.rung.at == _AT + TECHNICAL_WAIT and not first.rung.last
    assert isinstance(second, TryAgain) and second.rung.at == _AT + timedelta(days=3)


@pytest.mark.parametrize(
    ("declined", "warned"), [("2026-05-04T13:00", "2026-05-04T13:00"), ("2026-05-04T23:00", "2026-05-05T09:00")]
)
def test_the_only_further_try_is_announced_though_a_machine_failed(declined: str, warned: str) -> None:
    """By day, and the try is hours behind it."""
    at = datetime.fromisoformat(declined).replace(tzinfo=_ZONE)
    verdict = after_decline(Declined(read_decline(None, None, "14"), None, None, at, 1), Ladder(waits_d=(1,)), _ZONE)
    warn_at = datetime.fromisoformat(warned).replace(tzinfo=_ZONE)
    assert isinstance(verdict, TryAgain) and verdict.rung == Rung(warn_at + TECHNICAL_WAIT, warn_at)


@pytest.mark.parametrize("advice", sorted(ADVICE_CODES))
@pytest.mark.parametrize("code", sorted(DECLINE_CODES))
def test_every_pair_of_known_codes_has_one_verdict(code: str, advice: str) -> None:
    """It asks the card again only where both allow it."""
    verdict = _after(f"{code}: words", advice)
    soft = {Remedy.SOFT_WAIT, Remedy.SOFT_TECHNICAL}
    both = {DECLINE_CODES[code].remedy, ADVICE_CODES[advice].remedy}
    assert isinstance(verdict, TryAgain) == (both <= soft)
    assert isinstance(verdict, Never) == (Remedy.NEVER_AGAIN in both)
