"""The rules between settings: for each, settings that just break it and settings that just keep it."""

from __future__ import annotations

#: For each rule: settings that just break it, and settings that just keep it.
EDGES: list[tuple[str, dict[str, str], dict[str, str]]] = [
    ("lease_too_short", {"LEASE_S": "45"}, {"LEASE_S": "45.001"}),
    ("connect_too_long", {"CONNECT_TIMEOUT_S": "40.1"}, {"CONNECT_TIMEOUT_S": "40"}),
    ("shutdown_too_short", {"SHUTDOWN_TIMEOUT_S": "49.4"}, {"SHUTDOWN_TIMEOUT_S": "49.5"}),
    ("horizon_too_short", {"ABSENCE_HORIZON_S": "1099.9"}, {"ABSENCE_HORIZON_S": "1100"}),
    ("credits_too_many", {"SEND_CREDITS": "61"}, {"SEND_CREDITS": "61", "LIST_MARGIN": "39"}),
    ("hold_warning_too_long", {"HOLD_WARNING_S": "604800"}, {"HOLD_WARNING_S": "604799"}),
    ("heartbeat_too_short", {"HEARTBEAT_TIMEOUT_S": "5"}, {"HEARTBEAT_TIMEOUT_S": "5.1"}),
    (
        "ledger_shared",
        {"REDIS_LEDGER_URL": "redis://127.0.0.1:6379/0"},
        {"REDIS_LEDGER_URL": "redis://127.0.0.1/2"},
    ),
    (
        "ledger_shared",
        {"REDIS_LEDGER_URL": "redis://localhost"},
        {"REDIS_LEDGER_URL": "redis://localhost:6380"},
    ),
    (
        "ledger_shared",
        {"REDIS_LEDGER_URL": "redis://:pw@[::1]/?db=0"},
        {"REDIS_LEDGER_URL": "redis://[::1]/0?db=1"},
    ),
    (
        "redis_insecure",
        {"REDIS_LEDGER_URL": "redis://db.example/1"},
        {"REDIS_LEDGER_URL": "rediss://db.example/1"},
    ),
    (
        "redis_insecure",
        {"REDIS_QUEUE_URL": "redis://127.0.0.1.example"},
        {"REDIS_QUEUE_URL": "unix:///run/r.sock"},
    ),
    (
        "redis_insecure",
        {"REDIS_QUEUE_URL": "rediss://db.example/0?ssl_cert_reqs=none"},
        {"REDIS_QUEUE_URL": "rediss://db.example/0?ssl_cert_reqs=required"},
    ),
    (
        "archive_insecure",
        {"ARCHIVE_URL": "postgresql://pay:pw@db.example/pay?sslmode=require"},
        {"ARCHIVE_URL": "postgresql://pay:pw@db.example/pay?sslmode=verify-full"},
    ),
    (
        "archive_insecure",
        {"ARCHIVE_URL": "postgresql://pay:pw@db.example/pay"},
        {"ARCHIVE_URL": "postgresql://pay@/pay?host=/run/postgresql"},
    ),
    (
        "bodies_too_long",
        {"EVENT_BODIES_KEPT_S": "46656001"},
        {"EVENT_BODIES_KEPT_S": "46656000"},
    ),
    ("risk_key", {"RISK_FILE": "/risk.toml"}, {"RISK_FILE": "/risk.toml", "CARD_ID_KEY_FILE": "/card-id.json"}),
    (
        "renewal_hours",
        {"RENEWAL_FROM_H": "8", "RENEWAL_UNTIL_H": "8"},
        {"RENEWAL_FROM_H": "8", "RENEWAL_UNTIL_H": "9"},
    ),
    (
        "clock_live",
        {"CARDINITY_MODE": "live", "CLOCK_URL": "http://127.0.0.1:8080/_sandbox/clock"},
        {"CARDINITY_MODE": "test", "CLOCK_URL": "http://127.0.0.1:8080/_sandbox/clock"},
    ),
    (
        "gateway_insecure",
        {"CARDINITY_BASE_URL": "http://gateway.example/v1"},
        {"CARDINITY_BASE_URL": "http://127.0.0.1:8080/v1"},
    ),
    (
        "gateway_not_live",
        {"CARDINITY_MODE": "live", "CARDINITY_BASE_URL": "https://api.cardinity.com.example/v1"},
        {"CARDINITY_MODE": "live"},
    ),
    (
        "gateway_not_live",
        {"CARDINITY_MODE": "live", "CARDINITY_BASE_URL": "http://localhost/v1"},
        {"CARDINITY_MODE": "test", "CARDINITY_BASE_URL": "http://localhost/v1"},
    ),
    (
        "secret_alone",
        {"WEBHOOK_SECRET_OLD": "before"},
        {"WEBHOOK_SECRET_OLD": "before", "WEBHOOK_SECRET": "now"},
    ),
    (
        "secret_alone",
        {"HOSTED_SECRET_OLD": "before"},
        {"HOSTED_SECRET_OLD": "before", "HOSTED_SECRET": "now", "HOSTED_PROJECT_ID": "project"},
    ),
    (
        "project_incomplete",
        {"HOSTED_PROJECT_ID": "project"},
        {"HOSTED_PROJECT_ID": "project", "HOSTED_SECRET": "now"},
    ),
    (
        "project_incomplete",
        {"HOSTED_SECRET": "now"},
        {"WEBHOOK_SECRET": "now"},
    ),
    (
        "gateway_insecure",
        {"HOSTED_CHECKOUT_URL": "http://checkout.example"},
        {"HOSTED_CHECKOUT_URL": "http://127.0.0.1:8080/checkout"},
    ),
    (
        "callback_incomplete",
        {"CALLBACK_RETURN_URL": "https://shop.example/paid"},
        {"CALLBACK_RETURN_URL": "https://shop.example/paid", "CALLBACK_URL": "https://pay.example/callbacks/3ds"},
    ),
    (
        "ledger_volatile_live",
        {"CARDINITY_MODE": "live", "ALLOW_VOLATILE_LEDGER": "1"},
        {"CARDINITY_MODE": "test", "ALLOW_VOLATILE_LEDGER": "1"},
    ),
]
