"""Every code the product can give is in the table of bad inputs, or it takes more than an input to get it."""

from tests.house.error_codes import codes
from tests.house.tree import hold
from tests.inputs.table import DOORS

#: Codes of what no input does, and what does it.
BY_OTHER_MEANS = {
    "archive_outdated": "an archive without tables",
    "archive_unavailable": "an archive that does not answer",
    "attempt_open": "a period whose order may be paid yet",
    "card_dead": "a card whose network has forbidden another charge",
    "attempts_over": "a period that was tried a hundred times",
    "card_missing": "a period of a subscription that has lost its card",
    "clock_refused": "a clock that is to go back",
    "clock_unavailable": "a clock that does not answer",
    "import_invalid": "a file whose rows have codes of their own",
    "period_open": "a period that is in flight",
    "period_unknown": "a period that was never due",
    "reason_format": "a period that a human lets go",
    "renewal_plan_changed": "a plan that was overtaken",
    "rows_maximum": "a file of more rows than fit",
    "address_taken": "another process on the port",
    "batch_cancelled": "a batch that was cancelled",
    "batch_differs": "a batch of the same name with another file",
    "base_url_format": "a client that is built without the settings, which refuse it first",
    "description_reserved": "a warning, not a refusal",
    "extra_missing": "an installation without the demo",
    "never_reconciled": "an archive in which nothing was reconciled",
    "parquet_failed": "Parquet files that somebody has damaged",
    "subscription_paused": "a trial that is to end while its subscription is paused",
    "file_changed": "a file that is written while it is submitted",
    "file_permission": "a file of somebody else",
    "body_timeout": "a body that comes too slowly",
    "callback_off": "an application without CALLBACK_URL",
    "connection_failed": "a connection that breaks",
    "id_mismatch": "a message under another id, which only the audit sees",
    "finalize_other_version": "an order that waits for the other version of 3-D Secure",
    "finalize_too_many": "an order that was answered too often",
    "gateway_off": "an application without credentials of the gateway",
    "key_active": "the key that is sealed with is to be retired",
    "key_command_failed": "a command for keys that fails",
    "key_missing": "a key that is not in the file",
    "key_needed": "a key that open orders need",
    "key_not_retired": "a key that is not retired is to be destroyed",
    "key_retired_before": "a key that is retired is to be retired again",
    "ledger_lockdown": "a ledger that was flushed, restored or replaced",
    "link_unchanged": "a gateway that refuses the change, or does not answer",
    "metrics_bind": "another process on the port",
    "metrics_mode": "an import before the settings are read",
    "part_taken": "an order that has the name of a part",
    "producer_mismatch": "keys that were made for somebody else",
    "queue_full": "a Redis without memory",
    "redis_aof_failing": "a Redis whose disk fails",
    "redis_evicts": "a Redis that deletes",
    "redis_not_durable": "a Redis that forgets",
    "redis_not_primary": "a replica",
    "redis_replicas_missing": "a replica that is away",
    "redis_unreadable": "a Redis that may not be asked",
    "settings_invalid": "the code of several problems together; each has its own",
    "keys_shared": "a vault whose key opens sealed cards too",
    "tokens_need_key": "a key of the vault that is to be destroyed, and nobody has said what that means",
    "vault_off": "an application without a vault's public key",
    "verification_failed": "a row that somebody has changed",
    "worker_refused": "a worker whose Redis forgets",
}


def test_every_code_is_asked_for() -> None:
    """A new code needs a row, so that nobody gives one that was never seen."""
    asked = {part for door in DOORS for row in door.rows for code, _ in row.complaints for part in code.split(":")}
    given = {code.name for code in codes()}
    hold("Give it a row at its door, or say what else it takes.", sorted(given - asked - BY_OTHER_MEANS.keys()))
    hold("An input does give it: take it off the list.", sorted(asked & BY_OTHER_MEANS.keys()))
