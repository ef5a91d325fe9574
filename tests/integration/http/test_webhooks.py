"""Notifications over HTTP: what is genuine leaves one hint, and everything else leaves nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis
import redis.asyncio

from cardinity_client import Secret
from cardinity_client.notifications.signing import signature_of
from producers.http.notification_log import NotificationLog
from producers.http.replays import REMEMBERED_S
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from tests.application import PLENTY, Served, served, settings_for
from tests.integration.http.conftest import Site
from tests.unit.client.notices import APPROVED, PAYMENT_ID, SECRET, body_of, signed

JSON, HOSTED = "/webhooks/cardinity", "/webhooks/cardinity/hosted"
EVENT = json.dumps({"type": "payment.approved", "data": {"id": PAYMENT_ID, "amount": "25.50"}}).encode()
REFUND = {"type": "refund.approved", "data": {"id": "b1d7a3f0-7c1e-4d0c-9a51-0b6f4e2d9c10"}}
HINT = f"hint~{PAYMENT_ID}"


async def tell(
    door: Served, body: bytes = EVENT, *, secret: Secret[str] = SECRET, signature: str = "", forwarded: str = ""
) -> httpx.Response:
    """A signed event."""
    given = {"X-Cardinity-Signature": signature or signature_of(body, secret)}
    if forwarded:
        given["X-Forwarded-For"] = forwarded
    return await door.client.post(JSON, content=body, headers=given)


async def tell_form(door: Served, body: bytes, **headers: str) -> httpx.Response:
    """A notification of the hosted page."""
    given = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    return await door.client.post(HOSTED, content=body, headers=given)


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def counted(door: Served, result: str, language: str = "json") -> float:
    return door.count("cardinity_notifications_total", door=language, result=result)


async def test_a_signed_event_leaves_a_hint_and_nothing_else(door: Served, site: Site) -> None:
    """The queue gets the payment's id; no order is touched."""
    answer = await tell(door)
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    with redis.Redis.from_url(site.queue_url) as queue:
        (message,) = queue.hvals("dramatiq:payments.msgs")
    assert json.loads(bytes(message))["args"] == [PAYMENT_ID, 1]
    assert b"25.50" not in bytes(message)
    assert (site.queued(), site.orders(), counted(door, "hinted")) == ([HINT], set(), 1)


async def test_what_came_is_kept_for_the_archive(door: Served, site: Site) -> None:
    """Its door, kind, payment and result, and nothing else of its body; of forged ones nothing."""
    await tell(door)
    await tell(door)
    await tell(door, json.dumps(REFUND).encode())
    await tell(door, b'{"type":"payment.dreamt","data":1}')
    await tell(door, signature="0" * 64)
    await tell(door, b"{}")
    await tell_form(door, body_of(signed(APPROVED)))
    with redis.Redis.from_url(site.ledger_url, decode_responses=True) as ledger:
        kept = [fields for _, fields in ledger.xrange(keys.NOTIFICATIONS)]
    assert [(each["door"], each["type"], each["payment_id"], each["result"]) for each in kept] == [
        ("json", "payment.approved", PAYMENT_ID, "hinted"),
        ("json", "payment.approved", PAYMENT_ID, "replayed"),
        ("json", "refund.approved", "", "no_payment"),
        ("json", "payment.dreamt", "", "unknown_type"),
        ("hosted", "purchase.approved", PAYMENT_ID, "hinted"),
    ]
    assert {len(each) for each in kept} == {5} and len({each["id"] for each in kept}) == 5


async def test_a_ledger_that_is_away_refuses_no_notification() -> None:
    """The hint is on the queue, and that is what counts."""
    async with redis.asyncio.Redis(port=1) as nobody:
        await NotificationLog(nobody).keep("json", "payment.approved", PAYMENT_ID, "hinted")


async def test_a_form_of_the_hosted_page_leaves_a_hint(door: Served, site: Site) -> None:
    """By its own signature over sorted fields."""
    assert (await tell_form(door, body_of(signed(APPROVED)))).status_code == 200
    assert (site.queued(), counted(door, "hinted", "hosted")) == ([HINT], 1)


async def test_the_same_again_leaves_nothing_for_a_while(door: Served, site: Site) -> None:
    """It is answered as the first was; later it is heeded again, for it may have come too early."""
    assert [(await tell(door)).status_code for _ in range(3)] == [200] * 3
    assert (counted(door, "hinted"), counted(door, "replayed"), site.queued()) == (1, 2, [HINT])
    site.clock.now += REMEMBERED_S
    assert (await tell(door)).status_code == 200
    assert (counted(door, "hinted"), site.queued()) == (2, [HINT])


@pytest.mark.parametrize(
    "signature", ["0" * 64, signature_of(EVENT, SECRET).upper(), signature_of(EVENT, SECRET)[:-1], "x", "~" * 64]
)
async def test_a_forged_event_leaves_nothing(door: Served, site: Site, signature: str) -> None:
    """401, and it is counted."""
    assert told(await tell(door, signature=signature)) == (401, "signature_invalid")
    assert (site.queued(), counted(door, "forged")) == ([], 1)


async def test_an_event_without_a_signature_leaves_nothing(door: Served, site: Site) -> None:
    """401 as well."""
    assert told(await door.client.post(JSON, content=EVENT)) == (401, "signature_missing")
    assert site.queued() == []


@pytest.mark.parametrize("body", [b"{}", b"[]", b"\xff", b'{"type":"payment.approved","data":{"id":"7"}}'])
async def test_a_signed_body_that_means_nothing_is_refused(door: Served, site: Site, body: bytes) -> None:
    """400: whoever has the secret writes it so."""
    assert (await tell(door, body)).status_code == 400
    assert (site.queued(), counted(door, "refused")) == ([], 1)


async def test_a_kind_that_nobody_knows_is_answered_and_counted(door: Served, site: Site) -> None:
    """200, or it would come again for ever."""
    assert (await tell(door, b'{"type":"payment.dreamt","data":1}')).status_code == 200
    assert (site.queued(), counted(door, "unknown_type")) == ([], 1)


async def test_a_refund_that_names_no_payment_is_answered_and_counted(door: Served, site: Site) -> None:
    """There is nothing to ask for; one that does is a hint at that payment."""
    assert (await tell(door, json.dumps(REFUND).encode())).status_code == 200
    assert (site.queued(), counted(door, "no_payment")) == ([], 1)
    named = {"type": "refund.approved", "data": {**REFUND["data"], "payment_id": PAYMENT_ID}}  # type: ignore[dict-item]
    assert (await tell(door, json.dumps(named).encode())).status_code == 200
    assert site.queued() == [HINT]


async def test_too_long_is_not_read(door: Served, site: Site) -> None:
    """413 by its own word, whatever signature it carries."""
    assert told(await tell(door, b" " * 70_000)) == (413, "body_size")
    assert told(await tell_form(door, b"a=" + b"x" * 70_000)) == (413, "body_size")
    assert site.queued() == []


async def test_a_door_without_a_secret_is_not_there(site: Site) -> None:
    """404 until it is set; the other one is open."""
    settings = settings_for(site.directory, site.queue_url, site.ledger_url, WEBHOOK_SECRET="")
    async with served(settings) as door:
        assert told(await tell(door)) == (404, "route_unknown")
        assert (await tell_form(door, body_of(signed(APPROVED)))).status_code == 200


async def test_two_secrets_are_believed_while_they_are_exchanged(site: Site) -> None:
    """The old and the new one, and no third."""
    secrets = {"WEBHOOK_SECRET": "new", "WEBHOOK_SECRET_OLD": SECRET.reveal()}
    async with served(settings_for(site.directory, site.queue_url, site.ledger_url, **secrets)) as door:
        answers = [await tell(door, secret=Secret(secret)) for secret in ("new", SECRET.reveal(), "third")]
        assert [answer.status_code for answer in answers] == [200, 200, 401]


async def test_who_is_not_on_the_list_is_turned_away(site: Site) -> None:
    """403 before anything is read; behind a proxy of ours the one before it counts."""
    limits = {"WEBHOOK_SOURCES": "192.0.2.0/24", "HTTP_PROXIES": "127.0.0.1"}
    async with served(settings_for(site.directory, site.queue_url, site.ledger_url, **limits)) as door:
        told_by = {
            "": 403,
            "192.0.2.7": 200,
            "203.0.113.9": 403,
            "192.0.2.7, 203.0.113.9": 403,
            "203.0.113.9, 192.0.2.7": 200,
            "192.0.2.7:80": 403,
        }
        for forwarded, status in told_by.items():
            assert (await tell(door, forwarded=forwarded)).status_code == status, forwarded


async def test_nobody_but_our_proxies_says_where_it_comes_from(site: Site) -> None:
    """Whoever writes the header itself gains nothing."""
    limits = {"WEBHOOK_SOURCES": "192.0.2.0/24"}
    async with served(settings_for(site.directory, site.queue_url, site.ledger_url, **limits)) as door:
        assert told(await tell(door, forwarded="192.0.2.7")) == (403, "source_forbidden")
        assert site.queued() == []


async def test_a_source_that_tells_too_much_waits(site: Site) -> None:
    """429 with the seconds; another source is heard meanwhile."""
    limits = {"WEBHOOK_RATE": "1", "WEBHOOK_BURST": "2", "HTTP_PROXIES": "127.0.0.0/8"}
    settings = settings_for(site.directory, site.queue_url, site.ledger_url, **limits)
    async with served(settings, clock=site.clock) as door:
        assert [(await tell(door, forwarded="192.0.2.7")).status_code for _ in range(2)] == [200, 200]
        refused = await tell(door, forwarded="192.0.2.7")
        assert (told(refused), refused.headers["retry-after"]) == ((429, "too_many_requests"), "1")
        assert (await tell(door, forwarded="192.0.2.8")).status_code == 200


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A server that a test may stop."""
    with EmbeddedValkey(tmp_path / "valkey") as server:
        yield server


async def test_a_hint_that_cannot_be_placed_is_not_forgotten(own_valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """503, so that the sender comes again; and then it is no replay."""
    settings = settings_for(tmp_path, own_valkey.url(0), own_valkey.url(1), WEBHOOK_RATE=str(PLENTY))
    async with served(settings) as door:
        own_valkey.stop()
        assert told(await tell(door)) == (503, "ledger_unavailable")
        own_valkey.start()
        assert (await tell(door)).status_code == 200
        assert (counted(door, "unplaced"), counted(door, "hinted"), counted(door, "replayed")) == (1, 1, 0)
