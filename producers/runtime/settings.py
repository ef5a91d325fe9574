"""The settings of producers and workers: one flat, frozen object, read once by the composition root.

A field is its variable in lower case. Kinds, defaults and meanings are in `settings_table`, what must hold
between settings in `settings_rules`. Everything that is wrong is gathered and raised once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, Self

from cardinity_client.money import Money
from cardinity_client.secret import Secret
from cardinity_client.settings import ClientSettings
from producers.contract.budgets import Budget
from producers.contract.fields import TWO_PHASE
from producers.errors import SettingsError
from producers.runtime.accounts import (
    ACCOUNT_DEFAULT,
    MerchantAccount,
    Reference,
    account_named,
    unreadable,
)
from producers.runtime.accounts_file import read_accounts_file
from producers.runtime.problems import Problem, problem
from producers.runtime.settings_kinds import Network
from producers.runtime.settings_reading import read_values
from producers.runtime.settings_rules import broken_accounts, broken_keys, broken_rules, missing
from producers.runtime.settings_table import Role

__all__ = ["READS_IN_FLIGHT_MAX", "Settings"]

#: Connections to the gateway beyond one per order in flight: the mirror's overlapping reads, and polls by id.
READS_IN_FLIGHT_MAX: Final = 96


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a process was told. Names end in their unit; None is what was not given."""

    cardinity_base_url: str
    cardinity_consumer_key: str | None
    cardinity_consumer_secret: Secret[str] | None
    cardinity_mode: Literal["test", "live"]
    accounts_file: Path | None
    account_rate_max: int
    account_charge_mode: Literal["direct", "two_phase"]
    network_budgets: tuple[Budget, ...]

    redis_queue_url: Secret[str]
    redis_ledger_url: Secret[str]
    redis_connections_max: int
    ledger_replicas: int
    ledger_replicas_wait_s: float
    allow_volatile_ledger: bool

    producer_id: str
    producer_key: Secret[str] | None
    seal_public_key: str | None
    seal_private_keys_file: Path | None
    seal_private_keys_command: str | None
    vault_public_key: str | None
    vault_private_keys_file: Path | None
    vault_private_keys_command: str | None
    producers_file: Path | None
    state_dir: Path
    intent_log_mb: int
    archive_url: Secret[str] | None
    events_kept_s: float
    orders_kept_s: float

    event_bodies_kept_s: float
    personal_kept_s: float
    pseudonym_key_file: Path | None
    notices_kept_s: float
    reconciliations_kept_s: float
    audit_kept_s: float
    notifications_kept_s: float

    risk_file: Path | None
    card_id_key_file: Path | None
    geoip_file: Path | None

    webhooks_file: Path | None
    allow_local_webhooks: bool

    attempt_deadline_s: float
    connect_timeout_s: float
    tcp_user_timeout_s: float
    read_deadline_s: float
    watchdog_s: float
    breaker_failures: int
    breaker_reset_s: float

    lease_s: float
    claims_max: int
    hold_back_s: float
    in_flight_max: int
    batch_share: int
    order_ttl_s: float
    batch_rows_max: int
    batch_total_max: Mapping[str, Money] | None
    challenge_ttl_s: float
    authorisation_hold_s: float
    hold_warning_s: float

    absence_horizon_s: float
    gateway_late_s: float
    list_lag_s: float
    absence_margin_s: float
    clean_scans: int
    clock_skew_s: float
    absent: Literal["prove", "park"]
    list_limit: int
    list_margin: int
    send_credits: int

    presence_s: float
    heartbeat_timeout_s: float
    leader_lease_s: float
    sweep_interval_s: float
    sweep_batch: int
    disputes_interval_s: float
    due_grace_s: float
    shutdown_timeout_s: float
    worker_processes: int

    api_keys_file: Path | None
    webhook_secret: Secret[str] | None
    webhook_secret_old: Secret[str] | None
    hosted_project_id: str | None
    hosted_secret: Secret[str] | None
    hosted_secret_old: Secret[str] | None
    webhook_sources: tuple[Network, ...] | None
    webhook_rate: int
    webhook_burst: int
    hosted_checkout_url: str
    callback_url: str | None
    callback_return_url: str | None
    http_proxies: tuple[Network, ...] | None

    console_users_file: Path | None
    console_url: str | None
    console_proxy: tuple[Network, ...] | None
    console_user_header: str

    renewal_rate_max: int
    renewal_from_h: int
    renewal_until_h: int
    clock_url: str | None

    metrics_host: str
    metrics_port: int
    prometheus_multiproc_dir: Path | None
    log_format: Literal["auto", "json", "pretty"]
    log_level: Literal["debug", "info", "warning", "error"]

    #: The merchant accounts, by priority: those of ACCOUNTS_FILE, else the one that is told by its key.
    merchants: tuple[MerchantAccount, ...] = ()

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """What the environment says, whoever needs it.

        Raises:
            SettingsError: with every setting that is unknown, unreadable or at odds with another.
        """
        return cls._read(environ, "")

    @classmethod
    def for_producer(cls, environ: Mapping[str, str]) -> Self:
        """The same, and what a producer cannot do without is there."""
        return cls._read(environ, "producer")

    @classmethod
    def for_worker(cls, environ: Mapping[str, str]) -> Self:
        """The same, and what a worker cannot do without is there."""
        return cls._read(environ, "worker")

    @property
    def attempt_window_s(self) -> float:
        """D: after this long no byte of an attempt can leave, not even from a process that was frozen."""
        return self.attempt_deadline_s + self.watchdog_s

    @property
    def absence_bound_s(self) -> float:
        """The least H: D + how late a request may take effect (L) + the list's lag and a margin (lambda)."""
        late_s = self.tcp_user_timeout_s + self.gateway_late_s
        return self.attempt_window_s + late_s + self.list_lag_s + self.absence_margin_s

    @property
    def accounts(self) -> tuple[str, ...]:
        """The names of the merchant accounts this process works for, by priority."""
        return tuple(account.name for account in self.merchants)

    def client_settings(self, account: str = ACCOUNT_DEFAULT) -> ClientSettings:
        """What the gateway client of an account must be told.

        Raises:
            SettingsError: there is no such account, or its credentials are missing.
        """
        merchant = account_named(self.merchants, account)
        if merchant is None:
            raise SettingsError((problem("account_unlisted", "ACCOUNTS_FILE", "it lists no account of that name"),))
        if problems := unreadable([merchant]):
            raise SettingsError(tuple(missing(self, "worker")) or tuple(problems))
        credentials = merchant.credentials()
        return ClientSettings(
            base_url=merchant.base_url,
            consumer_key=credentials.consumer_key,
            consumer_secret=credentials.consumer_secret,
            attempt_deadline_s=self.attempt_deadline_s,
            connect_timeout_s=self.connect_timeout_s,
            tcp_user_timeout_s=self.tcp_user_timeout_s,
            read_deadline_s=self.read_deadline_s,
            connections_max=self.in_flight_max + READS_IN_FLIGHT_MAX,
            account=account,
            breaker_failures=self.breaker_failures,
            breaker_reset_s=self.breaker_reset_s,
        )

    @classmethod
    def _read(cls, environ: Mapping[str, str], role: Role) -> Self:
        values, problems, unread = read_values(environ)
        settings = cls(**values)
        merchants, wrong = _merchants(settings, environ)
        settings, problems = replace(settings, merchants=merchants), problems + wrong
        problems += broken_rules(settings, unread=unread)
        problems += broken_keys(settings)
        problems += broken_accounts(settings)
        problems += missing(settings, role, unread=unread)
        if problems:
            raise SettingsError(problems)
        return settings


def _merchants(settings: Settings, environ: Mapping[str, str]) -> tuple[tuple[MerchantAccount, ...], list[Problem]]:
    if settings.accounts_file is None:
        return (_only_account(settings, environ),), []
    return read_accounts_file(
        settings.accounts_file,
        environ,
        base_url=settings.cardinity_base_url,
        mode=settings.cardinity_mode,
        rate_max=settings.account_rate_max,
        charge_mode=settings.account_charge_mode,
    )


def _only_account(settings: Settings, environ: Mapping[str, str]) -> MerchantAccount:
    key, path = settings.cardinity_consumer_key, environ.get("CARDINITY_CONSUMER_SECRET_FILE")
    by_file = path if settings.cardinity_consumer_secret else None
    return MerchantAccount(
        ACCOUNT_DEFAULT,
        Reference("CARDINITY_CONSUMER_KEY", value=Secret(key) if key else None),
        Reference(
            "CARDINITY_CONSUMER_SECRET",
            path=Path(by_file) if by_file else None,
            value=None if by_file else settings.cardinity_consumer_secret,
        ),
        settings.cardinity_base_url,
        rate_max=settings.account_rate_max,
        holds_first=settings.account_charge_mode == TWO_PHASE,
    )
