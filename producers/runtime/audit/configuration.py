"""What a worker was told to work with, and what of it has changed since a worker last started: settings and keys.

Values of secrets are left out; of keys there are ids, and of a producer's signing keys the first digits of a hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Final

import msgspec

from cardinity_client.secret import Secret
from producers.contract.envelope import OpeningKeys, ProducerRegistry
from producers.contract.keys import Producer
from producers.runtime.accounts import MerchantAccount
from producers.runtime.audit.trail import record
from producers.runtime.ledger import keys
from producers.runtime.ledger.audit_calls import Seen
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.settings import Settings

#: The name under which it is remembered what was told last.
_NAME: Final = "configuration"
#: A directory that each start makes anew, and the accounts, which are told one by one.
_LEFT_OUT: Final = frozenset({"prometheus_multiproc_dir", "merchants"})
#: Not secret, and not to be shown either: a command line may hold what opens a KMS.
_HIDDEN: Final = frozenset({"cardinity_consumer_key", "seal_private_keys_command", "vault_private_keys_command"})
#: Changes of one start that are told by name; a whole new configuration is told by its hash.
CHANGES_MAX: Final = 20


def configuration(
    settings: Settings, opening: OpeningKeys, vault: OpeningKeys, producers: ProducerRegistry
) -> dict[str, str]:
    """Everything that is told, by name, as text."""
    told = {
        field.name.upper(): _shown(getattr(settings, field.name), hidden=field.name in _HIDDEN)
        for field in fields(settings)
        if field.name not in _LEFT_OUT
    }
    told |= {f"account {account.name}": _account(account) for account in settings.merchants}
    told |= {f"producer {name}": _producer(producers.find(name)) for name in producers.names}
    return told | {"sealing keys": " ".join(opening.kids), "vault keys": " ".join(vault.kids)}


def record_configuration(
    ledger: SyncLedger, settings: Settings, opening: OpeningKeys, vault: OpeningKeys, producers: ProducerRegistry
) -> None:
    """Write down what has changed since a worker last started, if anything has.

    Raises:
        LedgerUnavailable: it could not be written.
    """
    now = configuration(settings, opening, vault, producers)
    text = msgspec.json.encode(now, order="sorted").decode()
    found = ledger.read("HGET", keys.AUDIT_SEEN, _NAME)
    before: Mapping[str, str] = msgspec.json.decode(found, type=dict[str, str]) if found else {}
    changed = sorted(name for name in {*now, *before} if now.get(name) != before.get(name))
    shown = changed if before and len(changed) <= CHANGES_MAX else ()
    record(
        ledger,
        settings.state_dir,
        "settings.change",
        hashlib.sha256(text.encode()).hexdigest(),
        {"changes": str(len(changed)), **{name: f"{before.get(name)} -> {now.get(name)}" for name in shown}},
        seen=Seen(_NAME, text),
    )


def _shown(value: object, *, hidden: bool) -> str:
    return "given" if isinstance(value, Secret) or (hidden and value is not None) else str(value)


def _account(account: MerchantAccount) -> str:
    currencies = " ".join(sorted(account.currencies or ())) or "all"
    mode = "two_phase" if account.holds_first else "direct"
    return f"{account.base_url} priority {account.priority}, {currencies}, {account.rate_max}/s, {mode}"


def _producer(producer: Producer) -> str:
    keys_ = " ".join(hashlib.sha256(key.reveal()).hexdigest()[:8] for key in producer.keys)
    limits = "unlimited" if producer.limits is None else str(dict(sorted(producer.limits.items())))
    state = "disabled" if producer.disabled else "enabled"
    return f"{state}, {' '.join(sorted(producer.accounts))}, {limits}, keys {keys_}"
