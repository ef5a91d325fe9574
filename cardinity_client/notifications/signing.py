"""HMAC-SHA256 as the gateway uses it: over the fields of a form, or over a body as it came."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Final

from cardinity_client.errors import NotificationInvalid, SettingsInvalid
from cardinity_client.secret import Secret

#: Secrets that may be valid at once: the old and the new one while they are exchanged.
SECRETS_MAX: Final = 2

_HEX: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def form_message(fields: Mapping[str, str]) -> bytes:
    """What is signed of a form: names and values in the order of the names, empty values too, nothing in between."""
    ordered = sorted((name.encode(), value.encode()) for name, value in fields.items())
    return b"".join(name + value for name, value in ordered)


def signature_of(message: bytes, secret: Secret[str]) -> str:
    """In lower-case hexadecimal digits."""
    return hmac.digest(secret.reveal().encode(), message, "sha256").hex()


def require_signature(message: bytes, signature: str | None, secrets: Sequence[Secret[str]]) -> None:
    """Raises NotificationInvalid unless one of the secrets made it. Takes as long whichever does."""
    if not 1 <= len(secrets) <= SECRETS_MAX or not all(secret.reveal() for secret in secrets):
        raise SettingsInvalid(
            "secret_missing", "give one secret that is not empty, or two while one replaces the other"
        )
    if not signature:
        raise NotificationInvalid("signature_missing", "it carries no signature", "signature")
    matches = [hmac.compare_digest(signature_of(message, secret), _plain(signature)) for secret in secrets]
    if not any(matches):
        raise NotificationInvalid("signature_invalid", "it was not signed with our secret", "signature")


def _plain(signature: str) -> str:
    """The signature, or nothing that could match: `compare_digest` refuses text that is not ASCII."""
    return signature if _HEX.fullmatch(signature) else ""
