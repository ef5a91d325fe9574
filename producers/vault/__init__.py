"""Keys: on disk, from a command, in their life from made to destroyed, and the half of them that seals cards
and makes tokens of them.
"""

from producers.vault.files import (
    KeyFiles,
    add_api_key,
    generate_keys,
    generate_vault_keys,
    load_api_keys,
    load_opening_keys,
    load_producers,
    load_sealing_key,
    load_signing_keys,
)
from producers.vault.sealer import Sealer
from producers.vault.source import check_apart, opening_keys, vault_keys
from producers.vault.tokeniser import Tokeniser

__all__ = [
    "KeyFiles",
    "Sealer",
    "Tokeniser",
    "add_api_key",
    "check_apart",
    "generate_keys",
    "generate_vault_keys",
    "load_api_keys",
    "load_opening_keys",
    "load_producers",
    "load_sealing_key",
    "load_signing_keys",
    "opening_keys",
    "vault_keys",
]
