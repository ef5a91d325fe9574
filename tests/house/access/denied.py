"""Commands that Redis must refuse to each of the users in the operations document."""

from __future__ import annotations

#: What no user that only hands orders in may do to what is told, or waits to be.
_TELLING = """
        XADD pay:events MAXLEN 0 * a b
        XADD pay:events * id x event y
        XADD pay:outbox * id x event y
        LPOP pay:untold
        LRANGE pay:untold 0 -1
        LTRIM pay:untold 1 0
        DEL pay:untold
        XTRIM pay:events MAXLEN 0"""

#: What each user must not be able to do, by way of examples.
DENIED = {
    "producer": """
        LPOP dramatiq:payments
        LPOP dramatiq:payments_batch
        HGETALL dramatiq:payments.msgs
        DEL pay:order:ORD-1
        HDEL pay:order:ORD-1 state
        HSET pay:order:ORD-1 state accepted
        EXPIRE pay:order:ORD-1 1
        HINCRBY pay:order:ORD-1 amount_minor 1
        SET pay:epoch x
        XRANGE pay:audit - +
        XTRIM pay:audit MAXLEN 0
        DEL pay:audit
        HSET pay:answers:ORD-1 a b
        DEL pay:answers:ORD-1
        HGETALL pay:answers:ORD-1
        GET pay:credits:default
        HSET pay:gone:00000 ORD-1 x
        HDEL pay:gone:00000 ORD-1
        ZREM pay:due ORD-1
        HSET pay:split:SPL-1 made_of x
        HDEL pay:split:SPL-1 told
        DEL pay:split:SPL-1
        ZREM pay:splits SPL-1
        SET pay:halt:b1 paused
        DEL pay:halt:b1
        HSET pay:manifest:b1 rows 1
        ZREM pay:due:batch ORD-1
        KEYS *
        FLUSHALL
        CONFIG GET *
        SCRIPT FLUSH"""
    + _TELLING,
    "scheduler": """
        LPOP dramatiq:payments
        HGETALL dramatiq:payments.msgs
        DEL pay:order:ORD-1
        HSET pay:order:ORD-1 state accepted
        HDEL pay:gone:00000 ORD-1
        DEL pay:stopped:default
        XTRIM pay:audit MAXLEN 0
        SET pay:epoch x
        KEYS *
        FLUSHALL"""
    + _TELLING,
    "http": """
        LPOP dramatiq:payments
        HGETALL dramatiq:payments.msgs
        DEL pay:order:ORD-1
        HSET pay:order:ORD-1 state accepted
        SET pay:epoch x
        HDEL pay:gone:00000 ORD-1
        HSET pay:answers:ORD-1 a b
        HGETALL pay:answers:ORD-1
        HSET pay:split:SPL-1 made_of x
        ZREM pay:splits SPL-1
        KEYS *
        FLUSHALL
        CONFIG SET appendfsync no
        SCRIPT FLUSH"""
    + _TELLING,
    "archive": """
        XADD pay:events * a b
        XDEL pay:events 1-1
        DEL pay:events
        XGROUP DESTROY pay:events archive
        HGETALL pay:order:ORD-1
        HSET pay:order:ORD-1 state accepted
        DEL pay:lead:sweeper
        SET pay:epoch x
        LPOP dramatiq:payments
        KEYS *
        FLUSHALL""",
    "webhooks": """
        XADD pay:events * a b
        XTRIM pay:events MAXLEN 0
        XGROUP DESTROY pay:events webhooks
        HGETALL pay:order:ORD-1
        HSET pay:order:ORD-1 state accepted
        DEL pay:lead:archive
        XRANGE pay:audit - +
        LPOP dramatiq:payments
        KEYS *
        FLUSHALL""",
    "worker": """
        SET elsewhere x
        FLUSHALL
        FLUSHDB
        CONFIG SET appendfsync no
        SCRIPT FLUSH
        SWAPDB 0 1
        ACL LIST
        REPLICAOF NO ONE
        SHUTDOWN NOSAVE
        MONITOR""",
    "operator": """
        SET pay:epoch x
        HSET pay:order:ORD-1 state accepted
        LPOP dramatiq:payments
        XADD pay:events * id x
        XTRIM pay:events MAXLEN 0
        HSETNX pay:order:ORD-1 state accepted
        DEL pay:operations
        HSET pay:stats orders:parked 0
        XTRIM pay:audit MAXLEN 0
        SET pay:halt:b1 paused
        KEYS *
        FLUSHALL""",
    "console": """
        SET pay:epoch x
        LPOP dramatiq:payments
        DEL pay:order:ORD-1
        EXPIRE pay:order:ORD-1 1
        XTRIM pay:events MAXLEN 0
        XTRIM pay:audit MAXLEN 0
        DEL pay:audit
        HSET pay:credits:default spent 0
        DEL pay:operations
        HSET pay:manifest:b1 rows 1
        KEYS *
        FLUSHALL""",
    "reader": """
        HGETALL pay:order:ORD-1
        XADD pay:events * id x
        XTRIM pay:events MAXLEN 0
        EVAL return 0
        KEYS *""",
}
#: Chargebacks are asked for all the time.
