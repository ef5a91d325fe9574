"""Writes to the queue past the product's own enqueue, in Dramatiq's layout: as an intruder or another release would."""

from __future__ import annotations

import redis

from producers.contract.names import QUEUE_PAYMENTS
from producers.runtime.queue.calls import message_keys
from tests.campaign.fire import Fire


def push(fire: Fire, redis_id: str | bytes, message: bytes | None) -> None:
    """Put an id on the queue, with that message behind it, or with none."""
    ids, messages = message_keys(QUEUE_PAYMENTS)

    def pushed() -> bool:
        try:
            with redis.Redis.from_url(fire.valkey.url(0), protocol=2) as client, client.pipeline() as pipeline:
                if message is not None:
                    pipeline.hset(messages, redis_id, message)
                pipeline.rpush(ids, redis_id)
                pipeline.execute()
        except redis.RedisError:
            return False  # another fault's doing; once more in a moment
        return True

    fire.until(pushed)
