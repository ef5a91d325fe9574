"""What the client must be told. Read by the composition root, never from the environment here."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from cardinity_client.errors import SettingsInvalid
from cardinity_client.secret import Secret


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Settings of one merchant account. Raises SettingsInvalid, naming the setting and the rule."""

    #: Without a slash at the end, e.g. `https://api.cardinity.com/v1`. The credentials, not the URL, pick
    #: test or live.
    base_url: str
    consumer_key: str
    consumer_secret: Secret[str]

    #: Seconds one charge may take in all, connection retries and body included. The vendor's own client waits
    #: 80 s; spikes of 50 s are real, and a short timeout manufactures unknowns.
    attempt_deadline_s: float = 40.0

    #: Seconds to be handed a connection: waiting for a free one, DNS, TCP and TLS together.
    connect_timeout_s: float = 5.0

    #: Seconds the kernel keeps re-sending unacknowledged bytes; the horizon H of the protocol counts on it.
    tcp_user_timeout_s: float = 20.0

    #: Seconds one read may take in all, its retries included.
    read_deadline_s: float = 10.0

    #: Connections at once; more requests than that wait for one.
    connections_max: int = 1024

    #: Bytes of one payment's answer. A real one has about 600.
    response_bytes_max: int = 65_536

    #: Bytes of one list page of 100 payments.
    page_bytes_max: int = 1_048_576

    #: The account's name in hooks.
    account: str = "default"

    #: Consecutive failures after which no charge starts any more.
    breaker_failures: int = 5

    #: Seconds until one read may test whether the gateway is back.
    breaker_reset_s: float = 30.0

    #: Tries to reach the gateway for one charge. Only tries that were never handed a connection are repeated.
    connect_attempts_max: int = 3

    def __post_init__(self) -> None:
        _check_base_url(self.base_url)
        require_credentials(self.consumer_key, self.consumer_secret)
        for field in fields(self):
            value = getattr(self, field.name)
            lowest = 0 if field.name == "breaker_reset_s" else 1e-9
            if isinstance(value, int | float) and not (math.isfinite(value) and value >= lowest):
                raise SettingsInvalid("setting_range", f"{field.name} must be a positive number")


def require_credentials(consumer_key: str, consumer_secret: Secret[str]) -> None:
    """Both are there, or SettingsInvalid."""
    if not consumer_key or not consumer_secret.reveal():
        raise SettingsInvalid("secret_missing", "consumer_key and consumer_secret must not be empty")


def _check_base_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise SettingsInvalid("base_url_format", "base_url must be an https URL like https://api.cardinity.com/v1")
    if parts.username is not None or parts.query or parts.fragment or url.endswith("/"):
        raise SettingsInvalid("base_url_format", "base_url has no user, query, fragment or slash at its end")
