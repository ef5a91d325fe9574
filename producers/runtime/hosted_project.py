"""The project of the hosted payment page, as settings have it: its id, its secrets, and where its forms go."""

from __future__ import annotations

from dataclasses import dataclass

from cardinity_client.secret import Secret
from producers.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class HostedProject:
    """`secrets`: the one that signs, and the one before while they are exchanged."""

    id: str
    secrets: tuple[Secret[str], ...]
    action: str

    @classmethod
    def from_settings(cls, settings: Settings) -> HostedProject | None:
        """None where no project is set."""
        if settings.hosted_project_id is None or settings.hosted_secret is None:
            return None
        given = (settings.hosted_secret, settings.hosted_secret_old)
        secrets = tuple(secret for secret in given if secret is not None)
        return cls(settings.hosted_project_id, secrets, settings.hosted_checkout_url)
