"""Keys: on disk, from a command, in their life from made to destroyed, and the half of them that seals cards."""

from producers.vault.files import (
    KeyFiles,
    add_api_key,
    generate_keys,
    load_api_keys,
    load_opening_keys,
    load_producers,
    load_sealing_key,
    load_signing_keys,
)
from producers.vault.sealer import Sealer
from producers.vault.source import opening_keys

__all__ = [
    "KeyFiles",
    "Sealer",
    "add_api_key",
    "generate_keys",
    "load_api_keys",
    "load_opening_keys",
    "load_producers",
    "load_sealing_key",
    "load_signing_keys",
    "opening_keys",
]
