"""The half of the keys that seals cards. Nothing here opens one: that takes the private keys, and those stay with the
workers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from cardinity_client.secret import Secret
from producers.contract.card_fields import Mode
from producers.contract.envelope import seal
from producers.contract.integrity import VERSION, Bound, integrity
from producers.contract.key_formats import SigningKeys, read_signing_keys
from producers.contract.keys import SealingKey
from producers.contract.layout import header_bytes, kid_in
from producers.contract.wishes import Wish
from producers.data_key_supply import DataKeySupply
from producers.errors import FieldError, SettingsError
from producers.runtime.settings import Settings
from producers.vault.published import PublishedKey, from_setting


@dataclass(frozen=True, slots=True)
class Sealer:
    """Everything a producer needs to send cards. It can read back those of its present data key, and no others.

    Threads may share it.
    """

    present_key: Callable[[], SealingKey]
    signing_keys: SigningKeys
    mode: Mode
    _data_keys: DataKeySupply = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_data_keys", DataKeySupply(self.present_key, self.producer))

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The sealer that PRODUCER_KEY, PRODUCER_ID and SEAL_PUBLIC_KEY make.

        Raises:
            SettingsError: one is missing, cannot be read, or speaks for another producer.
        """
        published = PublishedKey("SEAL_PUBLIC_KEY", settings.seal_public_key)
        secret = settings.producer_key.reveal() if settings.producer_key else None
        signing_keys = from_setting("PRODUCER_KEY", secret, read_signing_keys)
        if signing_keys.producer_key.producer != settings.producer_id:
            message = "the key was made for another producer; a key speaks for one name only"
            raise SettingsError([FieldError("PRODUCER_KEY, PRODUCER_ID", "producer_mismatch", message)])
        return cls(published.present, signing_keys, settings.cardinity_mode)

    @property
    def sealing_key(self) -> SealingKey:
        """The key that cards are sealed for now."""
        return self.present_key()

    @property
    def producer(self) -> str:
        """The name envelopes are signed by."""
        return self.signing_keys.producer_key.producer

    @property
    def fingerprint_key(self) -> Secret[bytes]:
        """The key of instrument fingerprints, the same for all producers of a ledger."""
        return self.signing_keys.fingerprint_key

    def seal(self, order: Wish, *, now_ms: int) -> bytes:
        """The order's envelope."""
        return seal(
            order,
            data_key=self._data_keys.take(),
            producer_key=self.signing_keys.producer_key,
            mode=self.mode,
            issued_at_ms=now_ms,
        )

    def stated(self, envelope: bytes, bound: Bound, *, now_ms: int) -> str:
        """The integrity hash of the order that this envelope was sealed for at that moment, as it is written down."""
        header = header_bytes(envelope)
        digits = integrity(header, bound, self.signing_keys.producer_key.key)
        # Every order passes here: the text of a `Stated`, without making one.
        return f"{VERSION} {envelope[0]} {kid_in(header)} {now_ms} {digits}"
