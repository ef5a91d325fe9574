"""Names of the ledger's keys that are read outside its scripts."""

from __future__ import annotations

from producers.runtime.ledger.scripts import NAMESPACE

#: The marker by which a ledger is known.
EPOCH = f"{NAMESPACE}:epoch"
#: How many intents were ever promised, and the markers of the ledgers in whose place this one is.
INTENTS = f"{NAMESPACE}:intents"
ANCESTORS = f"{NAMESPACE}:ancestors"
#: When somebody must look after an order: a sorted set by time (ms), and the one for orders of batches.
DUE, DUE_BATCH = f"{NAMESPACE}:due", f"{NAMESPACE}:due:batch"
EVENTS = f"{NAMESPACE}:events"
OUTBOX = f"{NAMESPACE}:outbox"
#: Orders whose acceptance waits to be told: a list of their ids, oldest first.
UNTOLD = f"{NAMESPACE}:untold"
#: There when events wait in the outbox for the replicas.
REPLICATED = f"{NAMESPACE}:replicated"
ALARMS = f"{NAMESPACE}:alarms"
STATS = f"{NAMESPACE}:stats"
#: What the last run of the renewals of each archive left for metrics: a hash of numbers, `<archive's name>:<number's>`.
RENEWALS = f"{NAMESPACE}:renewals"
#: What outbound webhooks left for metrics: a hash of numbers, see `producers.runtime.webhook_stats`.
WEBHOOKS = f"{NAMESPACE}:webhooks"
#: What the last reconciliation left for metrics: a hash of numbers, see `producers.runtime.reconcile_stats`.
RECONCILED = f"{NAMESPACE}:reconciled"
WORKERS = f"{NAMESPACE}:workers"
QUARANTINE = f"{NAMESPACE}:quarantine"
#: What operators have said to all workers: a hash, see `operation_calls` beside this.
OPERATIONS = f"{NAMESPACE}:operations"
#: Holds that are to be let go: a hash of payment id -> "account order_id".
STRAYS = f"{NAMESPACE}:strays"

#: The audit trail: a stream of lines, where it ends ("number hash"), and what was told last of values that change.
AUDIT, AUDIT_HEAD, AUDIT_SEEN = f"{NAMESPACE}:audit", f"{NAMESPACE}:audit:head", f"{NAMESPACE}:audit:seen"

#: Genuine notifications of the gateway, as their door heard them: a stream that holds so many at the most.
NOTIFICATIONS, NOTIFICATIONS_MAX = f"{NAMESPACE}:notifications", 100_000

#: Splits whose end nobody was told yet: a sorted set by when they are to be looked at (ms).
SPLITS = f"{NAMESPACE}:splits"


def archive(reader: str) -> str:
    """What an archive of a stream left for metrics: a hash of numbers that only grow."""
    return f"{NAMESPACE}:archive:{reader}"


def order(order_id: str) -> str:
    """The order's row: a hash."""
    return f"{NAMESPACE}:order:{order_id}"


def gone(bucket: str) -> str:
    """Tombstones of orders that have left the ledger: a hash, see `tombstones.py` beside this."""
    return f"{NAMESPACE}:gone:{bucket}"


def seen(order_id: str) -> str:
    """What the mirror saw of an open order: a hash of payment id -> row."""
    return f"{NAMESPACE}:seen:{order_id}"


def parent(payment_id: str) -> str:
    """What follows that payment: a hash of `open`, the order whose outcome is open, `sent`, how many were sent, and by
    kind (`names.FOLLOW_UPS`) the sum that was made of it, in minor units. While it is a hold that nothing has followed,
    `hold` is whose: "account order_id"."""
    return f"{NAMESPACE}:parent:{payment_id}"


def holds(account: str) -> str:
    """Holds that are neither settled nor let go: a sorted set of payment ids by the intent that made them (ms)."""
    return f"{NAMESPACE}:holds:{account}"


def expiring(account: str) -> str:
    """Those of them whose owner was told that they expire: as `holds`."""
    return f"{NAMESPACE}:expiring:{account}"


def link(token: str) -> str:
    """The order that payments with this token belong to."""
    return f"{NAMESPACE}:link:{token}"


def split(split_id: str) -> str:
    """What a payment in parts is made of, since when, and how it has ended: a hash of `made_of`, `created_at`, `told`,
    and `stuck` for the parts that could not be given back."""
    return f"{NAMESPACE}:split:{split_id}"


def answers(order_id: str) -> str:
    """What customers answered to the 3-D Secure steps of a pending order: a hash of name -> "number kind text"."""
    return f"{NAMESPACE}:answers:{order_id}"


def listed(state: str) -> str:
    """Orders waiting in `accepted`, `pending`, `unknown` or `parked`: a sorted set by time entered (ms)."""
    return f"{NAMESPACE}:state:{state}"


def batch(batch_id: str) -> str:
    """Counters per state of one batch: a hash."""
    return f"{NAMESPACE}:batch:{batch_id}"


def manifest(batch_id: str) -> str:
    """What a batch holds: a hash, see `batch_calls` beside this."""
    return f"{NAMESPACE}:manifest:{batch_id}"


def halt(batch_id: str) -> str:
    """`paused` or `cancelled` while somebody has stopped a batch."""
    return f"{NAMESPACE}:halt:{batch_id}"


def lead(duty: str) -> str:
    """Who leads in a background duty: a token, gone with its lease."""
    return f"{NAMESPACE}:lead:{duty}"


def breakers(worker: str) -> str:
    """What a worker's circuit breakers are, by account, while one is not closed: JSON."""
    return f"{NAMESPACE}:breakers:{worker}"


def coverage(account: str) -> str:
    """The coverage journal of an account: a hash of `tag` (of who wrote it last, each time anew) and `journal`."""
    return f"{NAMESPACE}:coverage:{account}"


def credits(account: str) -> str:
    """How many POSTs may still start before the next list read."""
    return f"{NAMESPACE}:credits:{account}"


def disputes(account: str) -> str:
    """What was told of an account's disputes: a hash, see `disputes.py` beside this."""
    return f"{NAMESPACE}:disputes:{account}"


def stopped(account: str) -> str:
    """What is not charged again without a card: a hash of payment id or instrument -> disputes, space separated."""
    return f"{NAMESPACE}:stopped:{account}"


def searching(account: str) -> str:
    """Disputes whose card is still to be looked for in other orders: a hash of dispute -> instrument."""
    return f"{NAMESPACE}:searching:{account}"
