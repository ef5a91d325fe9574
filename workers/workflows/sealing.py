"""Seals what workers order by themselves, in the name of the producer whose order it follows.

A worker knows the keys: it opens what is sealed with the one, and checks what is signed with the other. What it seals
here names a payment and no card.
"""

from __future__ import annotations

from cardinity_client.secret import Secret
from producers.contract.card_fields import Mode
from producers.contract.envelope import OpeningKeys, ProducerKey, ProducerRegistry
from producers.contract.key_formats import SigningKeys
from producers.contract.keys import SealingKey
from producers.vault import Sealer

#: Fingerprints are of instruments, and here are none.
_NO_FINGERPRINTS = Secret(b"")


class Sealers:
    """One sealer for each producer, made when it is wanted first."""

    def __init__(self, opening_keys: OpeningKeys, producers: ProducerRegistry, mode: Mode) -> None:
        self._sealing_key = opening_keys.sealing_key
        self._producers = producers
        self._mode = mode
        self._made: dict[str, Sealer] = {}

    def renew(self, opening_keys: OpeningKeys) -> None:
        """Seal for the first of these from here on."""
        self._sealing_key = opening_keys.sealing_key

    def of(self, producer: str) -> Sealer:
        """The sealer in that producer's name.

        Raises:
            EnvelopeError: `producer_unknown`.
        """
        if producer not in self._made:
            # Of two keys the one that is there for longer: the new one is added behind the old.
            key = ProducerKey(producer, self._producers.find(producer).keys[-1])
            self._made[producer] = Sealer(self._present, SigningKeys(key, _NO_FINGERPRINTS), self._mode)
        return self._made[producer]

    def _present(self) -> SealingKey:
        return self._sealing_key
