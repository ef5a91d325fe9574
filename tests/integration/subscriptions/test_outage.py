"""Three days without a scheduler, and ten thousand subscriptions: everything due is accounted for, at one run's end."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.integration.subscriptions.shop import CARD, Shop

#: Subscriptions, and the days for which nothing runs. On a second database there are fewer: one long wait is enough.
SUBSCRIPTIONS, SUBSCRIPTIONS_ELSEWHERE, OUTAGE_DAYS = 10_000, 2_000, 3
#: Of ten, so many are of each kind; zones spread what is due over the day.
KINDS = ("day", "day", "day", "week", "month", "month", "month", "month", "month", "year")
ZONES = ("Europe/Vilnius", "America/New_York", "Asia/Tokyo", "Pacific/Auckland", "America/Sao_Paulo")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_after_an_outage_everything_due_is_accounted_for(shop: Shop, archive_url: str) -> None:
    """Before it, after it, and a day later no period is left out, and no run charges a subscription twice."""
    many = SUBSCRIPTIONS if archive_url.startswith("sqlite") else SUBSCRIPTIONS_ELSEWHERE
    shop.subscriptions.create_many(_row(number) for number in range(many))
    for days in (1, OUTAGE_DAYS, 1):
        known = set(shop.orders())
        report = shop.renewals.run()
        assert report.account is not None
        assert (report.account.unaccounted, report.overtaken) == (0, 0)
        assert report.account.due == sum(report.account.by_state.values())
        charged = Counter(order_id.split(".")[1] for order_id in set(shop.orders()) - known)
        assert (sum(charged.values()), max(charged.values(), default=0)) == (report.charges, 1)
        shop.pass_days(days)
    assert any(reason == "missed" for _, reason in shop.periods("n0").values())


def _row(number: int) -> dict[str, object]:
    unit = KINDS[number % len(KINDS)]
    return {
        "subscription_id": f"n{number}",
        "amount": "9.90",
        "currency": "EUR",
        "unit": unit,
        "country": "LT",
        "zone": ZONES[number % len(ZONES)],
        "start": "2026-02-01" if unit == "day" else f"2026-01-{31 - number % 3}",
        "payment_id": CARD,
        "consent": f"crm-{number}",
    }
