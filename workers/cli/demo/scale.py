"""The settings of the demo: production's with every time scaled down, so absence is proven in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cardinity_client.sandbox.settings import TEST_CONSUMER_KEY, TEST_CONSUMER_SECRET
from producers.runtime.settings_table import FILE_SUFFIX, settings_table
from producers.vault import KeyFiles

#: The name the demo's producer signs by.
PRODUCER: Final = "demo"

#: D = 2 + 1 s, H = D + 1 + 1 + 0.5 + 0.5 = 6 s; everything else is scaled to fit.
SCALED: Final[Mapping[str, str]] = {
    "ATTEMPT_DEADLINE_S": "2",
    "WATCHDOG_S": "1",
    "CONNECT_TIMEOUT_S": "1",
    "READ_DEADLINE_S": "2",
    "TCP_USER_TIMEOUT_S": "1",
    "GATEWAY_LATE_S": "1",
    "LIST_LAG_S": "0.5",
    "ABSENCE_MARGIN_S": "0.5",
    "ABSENCE_HORIZON_S": "6",
    "CLOCK_SKEW_S": "1",
    "LEASE_S": "4",
    "HOLD_BACK_S": "0.5",
    "PRESENCE_S": "1",
    "HEARTBEAT_TIMEOUT_S": "2",
    "LEADER_LEASE_S": "1",
    "SWEEP_INTERVAL_S": "0.1",
    "DUE_GRACE_S": "2",
    "SHUTDOWN_TIMEOUT_S": "8",
    "BREAKER_RESET_S": "0.5",
    # A killed leader takes the reads it had under way with it. With few credits per read, all that was sent
    # meanwhile is still on the next leader's first page, and absences stay provable.
    "SEND_CREDITS": "12",
}

#: What is another way once the demo stays.
STAYING: Final[Mapping[str, str]] = {
    # Of what nobody answered for, a human decides after a quarter of a minute: time enough to see it as unknown.
    "ABSENT": "park",
    "ABSENCE_HORIZON_S": "15",
    # A batch takes minutes, so that there is one to look at.
    "ACCOUNT_RATE_MAX": "3",
    # What falls due today is due since midnight.
    "RENEWAL_FROM_H": "0",
    "RENEWAL_UNTIL_H": "1",
    # Hours of it fit into a laptop.
    "EVENTS_KEPT_S": "3600",
    "INTENT_LOG_MB": "16",
}


def environment(
    base: Mapping[str, str], directory: Path, keys: KeyFiles, *, queue: str, ledger: str, gateway: str
) -> dict[str, str]:
    """What the demo's processes are told. Settings of this machine, perhaps live ones, do not reach them."""
    ours = {name for row in settings_table() for name in (row.env, row.env + FILE_SUFFIX)}
    kept = {name: value for name, value in base.items() if name not in ours and not name.startswith("CARDINITY_")}
    return {
        **kept,
        **SCALED,
        "CARDINITY_BASE_URL": gateway,
        "CARDINITY_CONSUMER_KEY": TEST_CONSUMER_KEY,
        "CARDINITY_CONSUMER_SECRET": TEST_CONSUMER_SECRET,
        "CARDINITY_MODE": "test",
        "REDIS_QUEUE_URL": queue,
        "REDIS_LEDGER_URL": ledger,
        "PRODUCER_ID": PRODUCER,
        "PRODUCER_KEY_FILE": str(keys.producer_key),
        "SEAL_PUBLIC_KEY_FILE": str(keys.seal_public),
        "SEAL_PRIVATE_KEYS_FILE": str(keys.seal_private),
        "PRODUCERS_FILE": str(keys.producers),
        "STATE_DIR": str(directory / "state"),
        "METRICS_PORT": "0",
        "LOG_FORMAT": "json",
    }
