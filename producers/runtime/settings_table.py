"""The settings as a table: name, kind, default, meaning. The table of docs/settings.md is made from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from producers.contract.fields import CHARGE_MODES, DIRECT
from producers.runtime.settings_databases import ARCHIVE_URL, REDIS_URL
from producers.runtime.settings_kinds import (
    BROWSER_URL,
    BUDGETS,
    CLOCK_URL,
    CONSOLE_URL,
    FLAG,
    GATEWAY_URL,
    NETWORKS,
    PATH,
    PRIVATE_PATH,
    SECRET,
    TEXT,
    TOTALS,
    Kind,
    choice,
    count,
    name,
    seconds,
)

#: Added to a setting's name, names the file its value is in.
FILE_SUFFIX: Final = "_FILE"

#: Which process does not start without a setting; empty when its default will do or it may be absent.
Role = Literal["", "worker", "producer"]


@dataclass(frozen=True, slots=True)
class Row:
    """One setting. `default` is text as in the environment; None means that it has no value unless given one.

    `twin`: `<NAME>_FILE` may name a file with the value. `private`: the value and that file are secret.
    """

    env: str
    kind: Kind
    default: str | None
    meaning: str
    needed_by: Role = ""
    twin: bool = False
    private: bool = False

    @property
    def field(self) -> str:
        """Its name in `Settings`."""
        return self.env.lower()


#: Twenty years: nothing of the archive is promised to be kept for longer.
_YEARS_S: Final = 630_720_000

_NAME: Final = name(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", "1 to 64 letters, digits, dashes or underscores")
_KEY: Final = name(r"[!-~]{1,128}", "printable ASCII without blanks")


def _secret(env: str, meaning: str, needed_by: Role = "") -> Row:
    return Row(env, SECRET, None, meaning, needed_by, twin=True, private=True)


def _redis(env: str, database: int, meaning: str) -> Row:
    default = f"redis://127.0.0.1:6379/{database}"
    meant = f"{meaning} Plain `redis://` only to this machine; `rediss+sentinel://` asks Sentinels."
    return Row(env, REDIS_URL, default, meant, twin=True, private=True)


def settings_table() -> tuple[Row, ...]:
    """Every setting there is, in the order of docs/settings.md."""
    return _TABLE


def settings_markdown(rows: Iterable[Row] | None = None) -> str:
    """The table for docs/settings.md."""
    lines = ["| setting | default | unit | meaning |", "|---|---|---|---|"]
    lines += (f"| {_named(row)} | {_default(row)} | {row.kind.unit} | {_meaning(row)} |" for row in rows or _TABLE)
    return "\n".join(lines) + "\n"


def state_dir_of(environ: Mapping[str, str]) -> Path:
    """Where state is kept when STATE_DIR does not say, by the XDG rules."""
    base = environ.get("XDG_STATE_HOME", "")
    if base.startswith("/"):
        return Path(base, "cardinity-batch")
    return Path(environ.get("HOME") or Path.home(), ".local", "state", "cardinity-batch")


def _named(row: Row) -> str:
    return f"`{row.env}`" + (f" or `{row.env}{FILE_SUFFIX}`" if row.twin else "")


def _default(row: Row) -> str:
    if row.default is not None:
        return f"`{row.default}`"
    return f"required by the {row.needed_by}" if row.needed_by else "none"


def _meaning(row: Row) -> str:
    return row.meaning.replace("|", "\\|")


_TABLE: Final = (
    # The gateway
    Row("CARDINITY_BASE_URL", GATEWAY_URL, "https://api.cardinity.com/v1",
        "The gateway. Plain `http://` only to this machine."),
    Row("CARDINITY_CONSUMER_KEY", _KEY, None, "The merchant account's key.", "worker"),
    _secret("CARDINITY_CONSUMER_SECRET", "The secret of that key.", "worker"),
    Row("CARDINITY_MODE", choice("test", "live"), "test",
        "`test` takes published test cards only, `live` real ones only."),
    Row("ACCOUNTS_FILE", PATH, None,
        "Several merchant accounts, as TOML, instead of the one key and its secret."),
    Row("ACCOUNT_RATE_MAX", count(low=0, high=10_000), "0",
        "Charges per second of one account by all workers, less while the gateway is slow; more waits. `0`: no limit."),
    Row("ACCOUNT_CHARGE_MODE", choice(*CHARGE_MODES), DIRECT,
        "How an account takes charges that do not say: `two_phase` holds the amount first and settles that hold."),
    Row("NETWORK_BUDGETS", BUDGETS, "visa=15/30d,mastercard=8/24h,mastercard=30/30d",
        "Declines of one card for one amount after which charges that name it are refused; `none`: no limit."),
    # Redis
    _redis("REDIS_QUEUE_URL", 0, "Dramatiq's database."),
    _redis("REDIS_LEDGER_URL", 1, "The ledger's own database."),
    Row("REDIS_CONNECTIONS_MAX", count(), "64",
        "Connections to each database per process; orders share one, batches take four."),
    Row("LEDGER_REPLICAS", count(low=0, high=16), "0",
        "Replicas that must confirm an intent before its request may leave."),
    Row("LEDGER_REPLICAS_WAIT_S", seconds(high=60), "1", "How long is waited for them."),
    Row("ALLOW_VOLATILE_LEDGER", FLAG, "0",
        "`1` starts on a Redis that forgets. For play: it may then charge twice."),
    # Keys and files
    Row("PRODUCER_ID", _NAME, "default", "This producer's name; its key speaks for this name only."),
    _secret("PRODUCER_KEY", "The key this producer's envelopes are authenticated with.", "producer"),
    Row("SEAL_PUBLIC_KEY", TEXT, None,
        "The public key cards are sealed with, as JSON.", "producer", twin=True),
    Row("SEAL_PRIVATE_KEYS_FILE", PRIVATE_PATH, None, "The private keys that open sealed cards.", "worker"),
    Row("SEAL_PRIVATE_KEYS_COMMAND", TEXT, None,
        "A command that prints them instead, from a KMS say; run without a shell when a worker starts."),
    Row("VAULT_PUBLIC_KEY", TEXT, None,
        "The public key that tokens of cards are made with, as JSON. Without it none are made.", twin=True),
    Row("VAULT_PRIVATE_KEYS_FILE", PRIVATE_PATH, None,
        "The private keys that open tokens. Without them no card is charged by its token."),
    Row("VAULT_PRIVATE_KEYS_COMMAND", TEXT, None, "A command that prints them instead, as that of sealed cards."),
    Row("PRODUCERS_FILE", PRIVATE_PATH, None,
        "Producers a worker believes: keys, accounts, maximum amounts.", "worker"),
    Row("STATE_DIR", PATH, None,
        "The spool, and which ledger this host knows. Else `cardinity-batch` in the XDG state directory."),
    Row("INTENT_LOG_MB", count(low=16, high=100_000, unit="MB"), "512",
        "What STATE_DIR keeps of the requests that may have left, for the day the ledger is lost."),
    Row("ARCHIVE_URL", ARCHIVE_URL, None,
        "The archive database: `postgresql://user:password@host/name`, `sqlite:////path`; else a file in STATE_DIR.",
        twin=True, private=True),
    Row("EVENTS_KEPT_S", seconds(low=60), "604800",
        "How long events stay on the stream that the archive has; those it has not stay until it has them."),
    Row("ORDERS_KEPT_S", seconds(low=691_200, high=315_360_000), "7776000",
        "How long orders that have ended stay in the ledger; then the archive has them, and a tombstone answers."),
    # How long the archive keeps what, by class
    Row("EVENT_BODIES_KEPT_S", seconds(low=7_776_000, high=_YEARS_S), "34560000",
        "How long the archive keeps what events say of orders that have ended, and what it could not read; "
        "rows that follow from them stay."),
    Row("PERSONAL_KEPT_S", seconds(low=7_776_000, high=_YEARS_S), "46656000",
        "How long ended orders and cancelled subscriptions show who their customer is; then a pseudonym does."),
    Row("PSEUDONYM_KEY_FILE", PATH, None,
        "The key that pseudonyms are made with (`cardinity gdpr key` writes one). Without it names are emptied."),
    Row("NOTICES_KEPT_S", seconds(low=2_592_000, high=_YEARS_S), "34560000",
        "How long notices to subscribers stay that were taken."),
    Row("RECONCILIATIONS_KEPT_S", seconds(low=31_536_000, high=_YEARS_S), "157680000",
        "How long it is kept what reconciliations found."),
    Row("AUDIT_KEPT_S", seconds(low=31_536_000, high=_YEARS_S), "34560000",
        "How long the archive keeps lines of the audit trail; the trail itself is never cut."),
    Row("NOTIFICATIONS_KEPT_S", seconds(low=604_800, high=_YEARS_S), "7776000",
        "How long it is kept which notifications came."),
    # Risk
    Row("RISK_FILE", PATH, None, "Risk rules, as TOML. Without it no order is judged."),
    Row("CARD_ID_KEY_FILE", PATH, None,
        "The key that cards and addresses are named by, which risk rules count."),
    Row("GEOIP_FILE", PATH, None,
        "Which country an address is of: CSV of first address, last address, country. Without it nobody knows."),
    # Outbound webhooks
    Row("WEBHOOKS_FILE", PATH, None,
        "Where events are posted to, as TOML: endpoints, and where their secrets are. Without it nowhere."),
    Row("ALLOW_LOCAL_WEBHOOKS", FLAG, "0",
        "`1` lets endpoints be on this machine, by plain `http://` too. For play."),
    # One attempt
    Row("ATTEMPT_DEADLINE_S", seconds(high=900), "40", "One attempt at the gateway in all, body included."),
    Row("CONNECT_TIMEOUT_S", seconds(high=900), "5",
        "Until a connection is there; nothing has been sent when it runs out."),
    Row("TCP_USER_TIMEOUT_S", seconds(high=900), "20",
        "How long the kernel may still deliver what was sent."),
    Row("READ_DEADLINE_S", seconds(high=900), "10", "One read from the gateway, its retries included."),
    Row("WATCHDOG_S", seconds(low=0.05, high=300), "5",
        "A worker that stalls for longer is killed by the kernel."),
    Row("BREAKER_FAILURES", count(high=1000), "5",
        "Failed attempts in a row after which an account sends nothing."),
    Row("BREAKER_RESET_S", seconds(high=3600), "30",
        "Then, how long until one read tries whether the gateway is back."),
    # Claims
    Row("LEASE_S", seconds(), "60", "How long a claim holds an order."),
    Row("CLAIMS_MAX", count(high=100), "5",
        "Claims that died with their worker or outlived their lease, before an order ends as `not_charged`."),
    Row("HOLD_BACK_S", seconds(high=3600), "5", "How long an order rests after it was given back unsent."),
    Row("IN_FLIGHT_MAX", count(high=10_000), "1024", "Orders one process works on at once."),
    Row("BATCH_SHARE", count(low=1, high=50), "10",
        "Percent of what is sent that goes to batches while orders wait that are in none."),
    Row("ORDER_TTL_S", seconds(low=1, high=86_400), "86400",
        "An order not sent by then expires, unless it names its own time."),
    Row("BATCH_ROWS_MAX", count(low=0, high=100_000_000), "0",
        "Rows of a batch file; more are not submitted. `0`: no limit."),
    Row("BATCH_TOTAL_MAX", TOTALS, None,
        "What a batch file may add up to, like `EUR=50000.00,USD=9000.00`; no other currency then."),
    Row("CHALLENGE_TTL_S", seconds(low=1, high=86_400), "1800",
        "How long a customer may take for 3-D Secure; afterwards the payment is asked about less and less often."),
    Row("AUTHORISATION_HOLD_S", seconds(low=1, high=2_592_000), "604800",
        "How long the gateway keeps what is only held: 7 days, and some banks 14."),
    Row("HOLD_WARNING_S", seconds(low=0, high=2_592_000), "86400",
        "How long before its end the owner of an open hold is told of it; `0` tells nobody."),
    # Finding out
    Row("ABSENCE_HORIZON_S", seconds(), "1200",
        "H: only reads begun this long after an intent can prove that nothing was charged."),
    Row("GATEWAY_LATE_S", seconds(low=0), "900",
        "How long the gateway may still act on a request it has received."),
    Row("LIST_LAG_S", seconds(low=0), "60", "How long a payment may be missing from the gateway's list."),
    Row("ABSENCE_MARGIN_S", seconds(low=0), "75", "Spare time in H."),
    Row("CLEAN_SCANS", count(high=100), "3", "Reads that must show nothing for a proof of absence."),
    Row("CLOCK_SKEW_S", seconds(low=0, high=300), "5",
        "How far the gateway's clock may be from the ledger's."),
    Row("ABSENT", choice("prove", "park"), "prove", "`park` leaves every absence to a human."),
    Row("LIST_LIMIT", count(high=100), "100",
        "Payments per read of the list; the gateway shows at most 100."),
    Row("LIST_MARGIN", count(low=0, high=99), "40", "Room on each page for payments that are not ours."),
    Row("SEND_CREDITS", count(high=100), "60", "Requests that may start between two reads of the list."),
    # Who does what
    Row("PRESENCE_S", seconds(high=300), "2", "Unseen for this long, a worker's unsent orders go to others."),
    Row("HEARTBEAT_TIMEOUT_S", seconds(high=3600), "6",
        "Unseen for this long, a worker's messages go to others."),
    Row("LEADER_LEASE_S", seconds(high=300), "2", "How long a background duty stays with a silent leader."),
    Row("SWEEP_INTERVAL_S", seconds(high=60), "0.5", "Between two looks for orders that are due."),
    Row("SWEEP_BATCH", count(high=10_000), "500", "Orders per look."),
    Row("DISPUTES_INTERVAL_S", seconds(low=0, high=86_400), "300",
        "Between two reads of an account's chargebacks; `0` reads none."),
    Row("DUE_GRACE_S", seconds(high=3600), "30",
        "How long a message may take before its order is enqueued again."),
    Row("SHUTDOWN_TIMEOUT_S", seconds(high=3600), "50",
        "How long a stopping worker may finish what it has sent."),
    Row("WORKER_PROCESSES", count(high=256), "2", "Worker processes of one host."),
    # The HTTP application
    Row("API_KEYS_FILE", PRIVATE_PATH, None,
        "Who may call `/v1`: hashes of their keys, and limits. Without it there is no `/v1`."),
    _secret("WEBHOOK_SECRET", "What signed JSON webhooks are signed with. Without it their door is shut."),
    _secret("WEBHOOK_SECRET_OLD", "The one before, while they are exchanged."),
    Row("HOSTED_PROJECT_ID", _NAME, None, "The project of the hosted payment page."),
    _secret("HOSTED_SECRET", "What its notifications are signed with. Without it their door is shut."),
    _secret("HOSTED_SECRET_OLD", "The one before, while they are exchanged."),
    Row("WEBHOOK_SOURCES", NETWORKS, None, "Addresses and networks that notifications may come from; else any."),
    Row("WEBHOOK_RATE", count(high=10_000, unit="1/s"), "20",
        "Notifications of one source, and answers of customers, on average."),
    Row("WEBHOOK_BURST", count(high=100_000), "100", "And at once."),
    Row("HOSTED_CHECKOUT_URL", GATEWAY_URL, "https://checkout.cardinity.com",
        "Where the form of the hosted page is posted to. Plain `http://` only to this machine."),
    Row("CALLBACK_URL", BROWSER_URL, None,
        "The public address of the door for customers who come back from 3-D Secure. Without it the door is shut."),
    Row("CALLBACK_RETURN_URL", BROWSER_URL, None,
        "Where they are sent on to, with `order_id` added; else they are shown a small page."),
    Row("HTTP_PROXIES", NETWORKS, None,
        "Proxies whose `X-Forwarded-For` says where a request comes from; else nobody's does."),
    # The console
    Row("CONSOLE_USERS_FILE", PRIVATE_PATH, None,
        "Who may use the console: one `name role hash` a line, as `cardinity console user add` writes it."),
    Row("CONSOLE_URL", CONSOLE_URL, None,
        "Where browsers reach it: `https://` and a name, of a proxy with TLS. Without it, from this machine only."),
    Row("CONSOLE_PROXY", NETWORKS, None,
        "Proxies whose word is believed about who somebody is; else everybody logs in."),
    Row("CONSOLE_USER_HEADER", name(r"[A-Za-z][A-Za-z0-9-]{0,63}", "a header's name"), "X-Forwarded-User",
        "The header that their word is in. They must take it out of what browsers send."),
    # Renewals
    Row("RENEWAL_RATE_MAX", count(high=10_000, unit="1/s"), "20", "Renewals that a run hands in, at the most."),
    Row("RENEWAL_FROM_H", count(low=0, high=23), "6", "Hour of the subscription's day from which on it is charged."),
    Row("RENEWAL_UNTIL_H", count(high=24), "22", "And until when; in between a hash of the subscription decides."),
    Row("CLOCK_URL", CLOCK_URL, None,
        "For play: the sandbox's clock, `http://127.0.0.1:8080/_sandbox/clock`, for renewals. Never with live cards."),
    # Watching
    Row("METRICS_HOST", name(r"[0-9A-Za-z.:-]{1,253}", "a host name or an address"), "127.0.0.1",
        "Where metrics are served."),
    Row("METRICS_PORT", count(low=0, high=65_535), "9464", "On which port; `0` takes a free one."),
    Row("OTEL_TRACES_EXPORTER", _KEY, "none",
        "`otlp` traces orders, to where OpenTelemetry's other `OTEL_*` variables say. Needs the extra `otel`."),
    Row("OTEL_SDK_DISABLED", _KEY, "false", "`true` traces nothing, whatever else is said."),
    Row("OTEL_BSP_MAX_QUEUE_SIZE", count(high=1_000_000), "2048", "Spans that may wait to be sent; more are dropped."),
    Row("PROMETHEUS_MULTIPROC_DIR", PATH, None, "Where processes keep their counters; emptied at the start."),
    Row("LOG_FORMAT", choice("auto", "json",
        "pretty"), "auto", "`auto` is pretty on a terminal and JSON elsewhere."),
    Row("LOG_LEVEL", choice("debug", "info", "warning", "error"), "info", "The least level that is written."),
)  # fmt: skip
