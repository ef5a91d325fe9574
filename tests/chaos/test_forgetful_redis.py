"""A Redis that is set to forget while workers run: nothing is sent until it keeps again what it confirms."""

from pathlib import Path

import pytest
import redis

from producers.runtime.ledger import keys
from tests.eventually import eventually
from tests.stack import CARD, Stack


@pytest.mark.parametrize(
    ("directive", "forgets", "keeps", "code"),
    [
        ("maxmemory-policy", "allkeys-lru", "noeviction", "redis_evicts"),
        ("appendfsync", "everysec", "always", "redis_not_durable"),
    ],
)
def test_nothing_is_sent_while_redis_would_forget(
    tmp_path: Path, directive: str, forgets: str, keeps: str, code: str
) -> None:
    """The order is given back with the reason, and charged once the directive is mended."""
    with Stack(tmp_path) as stack, stack.enqueuer() as enqueuer:
        worker = stack.worker()
        log = max(tmp_path.glob("[0-9]*.log"))
        with redis.Redis.from_url(stack.valkey.url(1), protocol=2) as server:
            eventually(lambda: server.zcard(keys.WORKERS), "a worker is there")
            server.config_set(directive, forgets)
            eventually(lambda: f'"{code}"'.encode() in log.read_bytes(), "the worker has noticed")
            enqueuer.charge(order_id="ORD-1", amount="10.00", currency="EUR", country="LT", **CARD)
            eventually(
                lambda: code.encode() in (server.hget(keys.order("ORD-1"), "history") or b""), "it is given back"
            )
            assert stack.charges() == {}
            server.config_set(directive, keeps)
        assert enqueuer.wait("ORD-1", timeout_s=30).state == "approved"
        assert worker.poll() is None
