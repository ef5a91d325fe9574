"""What the settings must be to each other, as a table of rules. Pure.

Every rule names its settings and says what must hold in one sentence, which is also the message of a boot
that stops. The numbers' reasons are in the protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, unquote, urlsplit

from producers.runtime.accounts import unreadable
from producers.runtime.problems import Problem, problem
from producers.runtime.sentinel import is_loopback, read_service
from producers.runtime.settings_table import FILE_SUFFIX, Role, settings_table

if TYPE_CHECKING:
    from producers.runtime.settings import Settings

#: Where live payments go, and nowhere else.
LIVE_HOST: Final = "api.cardinity.com"
#: Seconds a stopping worker needs beyond its longest attempt; a tenth of it where times are scaled down.
STOP_MARGIN_S: Final = 5.0
#: Settings of a deployment with one account and no list of them.
_ONE_ACCOUNT: Final = ("cardinity_consumer_key", "cardinity_consumer_secret")


@dataclass(frozen=True, slots=True)
class Rule:
    """A sentence that must be true of the settings it names. `code` is stable."""

    code: str
    names: tuple[str, ...]
    sentence: str
    holds: Callable[[Settings], bool]


RULES: Final = (
    Rule(
        "lease_too_short",
        ("ATTEMPT_DEADLINE_S", "WATCHDOG_S", "LEASE_S"),
        "a claim outlives an attempt: ATTEMPT_DEADLINE_S + WATCHDOG_S must be less than LEASE_S",
        lambda s: s.attempt_window_s < s.lease_s,
    ),
    Rule(
        "connect_too_long",
        ("CONNECT_TIMEOUT_S", "ATTEMPT_DEADLINE_S"),
        "connecting is a part of the attempt: CONNECT_TIMEOUT_S must be at most ATTEMPT_DEADLINE_S",
        lambda s: s.connect_timeout_s <= s.attempt_deadline_s,
    ),
    Rule(
        "shutdown_too_short",
        ("ATTEMPT_DEADLINE_S", "WATCHDOG_S", "SHUTDOWN_TIMEOUT_S"),
        "a stopping worker lets its attempts end: SHUTDOWN_TIMEOUT_S must be at least"
        " ATTEMPT_DEADLINE_S + WATCHDOG_S and a tenth more (5 s at the most)",
        lambda s: s.shutdown_timeout_s >= s.attempt_window_s + min(STOP_MARGIN_S, s.attempt_window_s / 10),
    ),
    Rule(
        "horizon_too_short",
        (
            "ABSENCE_HORIZON_S", "ATTEMPT_DEADLINE_S", "WATCHDOG_S", "TCP_USER_TIMEOUT_S", "GATEWAY_LATE_S",
            "LIST_LAG_S", "ABSENCE_MARGIN_S",
        ),
        "what is absent must not turn up later: ABSENCE_HORIZON_S must be at least ATTEMPT_DEADLINE_S"
        " + WATCHDOG_S + TCP_USER_TIMEOUT_S + GATEWAY_LATE_S + LIST_LAG_S + ABSENCE_MARGIN_S",
        lambda s: s.absence_horizon_s >= s.absence_bound_s,
    ),
    Rule(
        "credits_too_many",
        ("SEND_CREDITS", "LIST_LIMIT", "LIST_MARGIN"),
        "a page shows all that was sent since: SEND_CREDITS must be at most LIST_LIMIT - LIST_MARGIN",
        lambda s: s.send_credits <= s.list_limit - s.list_margin,
    ),
    Rule(
        "heartbeat_too_short",
        ("HEARTBEAT_TIMEOUT_S", "WATCHDOG_S"),
        "a worker that only stalls keeps its messages: HEARTBEAT_TIMEOUT_S must be more than WATCHDOG_S",
        lambda s: s.heartbeat_timeout_s > s.watchdog_s,
    ),
    Rule(
        "ledger_shared",
        ("REDIS_QUEUE_URL", "REDIS_LEDGER_URL"),
        "Dramatiq's maintenance stalls its whole database: queue and ledger must be different databases",
        lambda s: redis_place(s.redis_queue_url.reveal()) != redis_place(s.redis_ledger_url.reveal()),
    ),
    Rule(
        "redis_insecure",
        ("REDIS_QUEUE_URL",),
        "anybody on the way can read and write it: use rediss:// with certificates checked, or unix://",
        lambda s: redis_is_private(s.redis_queue_url.reveal()),
    ),
    Rule(
        "redis_insecure",
        ("REDIS_LEDGER_URL",),
        "anybody on the way can read and write it: use rediss:// with certificates checked, or unix://",
        lambda s: redis_is_private(s.redis_ledger_url.reveal()),
    ),
    Rule(
        "archive_insecure",
        ("ARCHIVE_URL",),
        "anybody on the way can read and write it: use sslmode=verify-full, or a server on this machine",
        lambda s: s.archive_url is None or archive_is_private(s.archive_url.reveal()),
    ),
    Rule(
        "gateway_insecure",
        ("CARDINITY_BASE_URL",),
        "cards would travel in the clear: use https://, or a sandbox on this machine",
        lambda s: is_private_gateway(s.cardinity_base_url),
    ),
    Rule(
        "gateway_not_live",
        ("CARDINITY_MODE", "CARDINITY_BASE_URL"),
        f"live cards go to the gateway only: with CARDINITY_MODE=live it must be https://{LIVE_HOST}",
        lambda s: s.cardinity_mode == "test" or is_live_gateway(s.cardinity_base_url),
    ),
    Rule(
        "secret_alone",
        ("WEBHOOK_SECRET_OLD", "WEBHOOK_SECRET"),
        "an old secret is believed beside its successor: set both, or WEBHOOK_SECRET alone",
        lambda s: s.webhook_secret_old is None or s.webhook_secret is not None,
    ),
    Rule(
        "secret_alone",
        ("HOSTED_SECRET_OLD", "HOSTED_SECRET"),
        "an old secret is believed beside its successor: set both, or HOSTED_SECRET alone",
        lambda s: s.hosted_secret_old is None or s.hosted_secret is not None,
    ),
    Rule(
        "project_incomplete",
        ("HOSTED_PROJECT_ID", "HOSTED_SECRET"),
        "a hosted page has a project and its secret: set both or none",
        lambda s: (s.hosted_project_id is None) == (s.hosted_secret is None),
    ),
    Rule(
        "hold_warning_too_long",
        ("HOLD_WARNING_S", "AUTHORISATION_HOLD_S"),
        "nobody is told that a hold expires before there is one: HOLD_WARNING_S must be less than AUTHORISATION_HOLD_S",
        lambda s: s.hold_warning_s < s.authorisation_hold_s,
    ),
    Rule(
        "gateway_insecure",
        ("HOSTED_CHECKOUT_URL",),
        "customers would pay on a page that anybody on the way can change: use https://, or a sandbox on this machine",
        lambda s: is_private_gateway(s.hosted_checkout_url),
    ),
    Rule(
        "callback_incomplete",
        ("CALLBACK_RETURN_URL", "CALLBACK_URL"),
        "nobody comes through a door that is shut: set CALLBACK_URL too, or leave both out",
        lambda s: s.callback_return_url is None or s.callback_url is not None,
    ),
    Rule(
        "ledger_volatile_live",
        ("CARDINITY_MODE", "ALLOW_VOLATILE_LEDGER"),
        "a ledger that forgets charges twice: ALLOW_VOLATILE_LEDGER must be 0 with CARDINITY_MODE=live",
        lambda s: s.cardinity_mode == "test" or not s.allow_volatile_ledger,
    ),
    Rule(
        "bodies_too_long",
        ("EVENT_BODIES_KEPT_S", "PERSONAL_KEPT_S"),
        "events name customers too: EVENT_BODIES_KEPT_S must be at most PERSONAL_KEPT_S",
        lambda s: s.event_bodies_kept_s <= s.personal_kept_s,
    ),
    Rule(
        "risk_key",
        ("RISK_FILE", "CARD_ID_KEY_FILE"),
        "rules count cards by names that a key makes: set CARD_ID_KEY_FILE too (`cardinity risk key` writes one)",
        lambda s: s.risk_file is None or s.card_id_key_file is not None,
    ),
    Rule(
        "renewal_hours",
        ("RENEWAL_FROM_H", "RENEWAL_UNTIL_H"),
        "a day of renewals begins before it ends: RENEWAL_FROM_H must be less than RENEWAL_UNTIL_H",
        lambda s: s.renewal_from_h < s.renewal_until_h,
    ),
    Rule(
        "clock_live",
        ("CARDINITY_MODE", "CLOCK_URL"),
        "real cards are charged by the real time: leave CLOCK_URL out with CARDINITY_MODE=live",
        lambda s: s.cardinity_mode == "test" or s.clock_url is None,
    ),
)  # fmt: skip


def broken_rules(settings: Settings, *, unread: Collection[str] = ()) -> Iterator[Problem]:
    """The rules that do not hold. Those about settings that could not be read are left out."""
    for rule in RULES:
        if not set(rule.names) & set(unread) and not rule.holds(settings):
            yield problem(rule.code, rule.names, rule.sentence + _as_given(settings, rule.names))


def missing(settings: Settings, role: Role, *, unread: Collection[str] = ()) -> Iterator[Problem]:
    """What this kind of process cannot do without and was not given."""
    listed, printed = settings.accounts_file is not None, settings.seal_private_keys_command is not None
    for row in settings_table():
        if (listed and row.field in _ONE_ACCOUNT) or (printed and row.field == "seal_private_keys_file"):
            continue
        if role and row.needed_by == role and row.env not in unread and getattr(settings, row.field) is None:
            ways = f"set {row.env}" + (f" or {row.env}{FILE_SUFFIX}" if row.twin else "")
            code = "secret_missing" if row.private else "setting_missing"
            yield problem(code, row.env, f"the {role} needs it: {ways}")
    if listed and role == "worker":
        yield from unreadable(settings.merchants)


def broken_keys(settings: Settings) -> Iterator[Problem]:
    """Private keys of two places. No rule as the others are: what it says has no value in it, for a command line may
    hold what opens a KMS."""
    for kind, file, command in (
        ("SEAL", settings.seal_private_keys_file, settings.seal_private_keys_command),
        ("VAULT", settings.vault_private_keys_file, settings.vault_private_keys_command),
    ):
        if file is not None and command is not None:
            names = (f"{kind}_PRIVATE_KEYS_FILE", f"{kind}_PRIVATE_KEYS_COMMAND")
            yield problem("keys_twice", names, "the private keys have one place: leave out the file or the command")


def broken_accounts(settings: Settings) -> Iterator[Problem]:
    """What is wrong with the list of accounts beside the other settings."""
    if settings.accounts_file is None:
        return
    if any(getattr(settings, name) is not None for name in _ONE_ACCOUNT):
        names = ("ACCOUNTS_FILE", "CARDINITY_CONSUMER_KEY", "CARDINITY_CONSUMER_SECRET")
        yield problem("accounts_twice", names, "each account of the list has its own: leave out the key and its secret")
    for account in settings.merchants:
        where = f"ACCOUNTS_FILE accounts.{account.name}.base_url"
        if not is_private_gateway(account.base_url):
            yield problem("gateway_insecure", where, "cards would travel in the clear: use https://")
        if settings.cardinity_mode == "live" and not is_live_gateway(account.base_url):
            message = f"live cards go to the gateway only: it must be https://{LIVE_HOST}"
            yield problem("gateway_not_live", where, message)


def redis_place(url: str) -> tuple[str, int, int]:
    """Which database a URL leads to: host or socket, port and number, as redis-py reads them."""
    if service := read_service(url):
        return ",".join(sorted(f"{host}:{port}" for host, port in service.places)) + "/" + service.name, 0, service.db
    parts = urlsplit(url)
    numbers = parse_qs(parts.query).get("db", [])
    if parts.scheme == "unix":
        return unquote(parts.path), 0, int((numbers or ["0"])[0])
    host = "127.0.0.1" if is_loopback(parts.hostname) else unquote(parts.hostname or "")
    return host, parts.port or 6379, int((numbers or [parts.path.strip("/") or "0"])[0])


def redis_is_private(url: str) -> bool:
    """Whether nobody on the way can read along: this machine, or TLS with its checks on."""
    if service := read_service(url):
        hosts = (host for host, _ in service.places)
        return _is_checked(dict(service.options)) if service.encrypted else all(map(is_loopback, hosts))
    parts = urlsplit(url)
    if parts.scheme == "rediss":
        return _is_checked({name: values[-1].lower() for name, values in parse_qs(parts.query).items()})
    return parts.scheme == "unix" or is_loopback(parts.hostname)


def _is_checked(options: Mapping[str, str]) -> bool:
    """Whether TLS with these options believes nobody unchecked."""
    return options.get("ssl_cert_reqs") != "none" and options.get("ssl_check_hostname") not in ("false", "no", "0")


def archive_is_private(url: str) -> bool:
    """Whether nobody on the way to the archive can read along: a file, this machine, or TLS with its checks on."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite" or not parts.hostname or is_loopback(parts.hostname):
        return True
    return parse_qs(parts.query).get("sslmode") == ["verify-full"]


def is_private_gateway(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or is_loopback(parts.hostname)


def is_live_gateway(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.hostname == LIVE_HOST and parts.port in (None, 443)


def _as_given(settings: Settings, names: tuple[str, ...]) -> str:
    """The numbers behind a broken rule; texts may hold passwords and are left out."""
    given = ((name, getattr(settings, name.lower())) for name in names)
    numbers = [f"{name} is {value:g}" for name, value in given if isinstance(value, int | float)]
    return f" ({', '.join(numbers)})" if len(numbers) > 1 else ""
