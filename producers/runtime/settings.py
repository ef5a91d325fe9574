"""The settings of producers and workers: one flat, frozen object, read once by the composition root.

A field is its variable in lower case. Kinds, defaults and meanings are in `settings_table`, what must hold
between settings in `settings_rules`. Everything that is wrong is gathered and raised once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self

from cardinity_client.secret import Secret
from cardinity_client.settings import ClientSettings
from producers.errors import SettingsError
from producers.runtime.settings_kinds import Network
from producers.runtime.settings_reading import read_values
from producers.runtime.settings_rules import broken_rules, missing
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
    producers_file: Path | None
    state_dir: Path

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
    order_ttl_s: float

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
    http_proxies: tuple[Network, ...] | None

    metrics_host: str
    metrics_port: int
    prometheus_multiproc_dir: Path | None
    log_format: Literal["auto", "json", "pretty"]
    log_level: Literal["debug", "info", "warning", "error"]

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
        """The merchant accounts this process works for."""
        return ("default",)

    def client_settings(self, account: str = "default") -> ClientSettings:
        """What the gateway client of an account must be told.

        Raises:
            SettingsError: the credentials are missing.
        """
        if self.cardinity_consumer_key is None or self.cardinity_consumer_secret is None:
            raise SettingsError(tuple(missing(self, "worker")))
        return ClientSettings(
            base_url=self.cardinity_base_url,
            consumer_key=self.cardinity_consumer_key,
            consumer_secret=self.cardinity_consumer_secret,
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
        problems += broken_rules(settings, unread=unread)
        problems += missing(settings, role, unread=unread)
        if problems:
            raise SettingsError(problems)
        return settings
