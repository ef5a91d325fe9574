"""Where a worker has its private keys from: a file, or a command that asks whoever keeps them, a KMS say. Those that
open sealed cards, and those of the vault, which open tokens.

The command prints what the file would hold. It is run without a shell, once at the start; the keys are then
in this process and in no file.
"""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import Final

from producers.contract.key_formats import read_opening_keys
from producers.contract.keys import OpeningKeys
from producers.errors import KeyFileError
from producers.runtime.settings import Settings
from producers.vault.files import load_opening_keys

#: Seconds that the command may take.
COMMAND_TIMEOUT_S: Final = 30.0


def opening_keys(settings: Settings) -> OpeningKeys:
    """The keys that open, wherever they are.

    Raises:
        KeyFileError: `key_command_failed`, or as a file of keys.
    """
    assert settings.seal_private_keys_file is not None or settings.seal_private_keys_command is not None
    return _keys("SEAL", settings.seal_private_keys_file, settings.seal_private_keys_command)


def vault_keys(settings: Settings) -> OpeningKeys:
    """The keys that open tokens, wherever they are; none where there is no vault. Raises as `opening_keys`."""
    if settings.vault_private_keys_file is None and settings.vault_private_keys_command is None:
        return OpeningKeys(())
    return _keys("VAULT", settings.vault_private_keys_file, settings.vault_private_keys_command)


def check_apart(opening: OpeningKeys, vault: OpeningKeys) -> None:
    """Refuse one key for both: who destroys it after a payment, for the CVC, would destroy the tokens.

    Raises:
        KeyFileError: `keys_shared`.
    """
    if shared := {*opening.kids} & {*vault.kids}:
        message = f"vault key {min(shared)} is one of those that open sealed cards: give the vault keys of its own"
        raise KeyFileError("keys_shared", message)


def _keys(kind: str, file: Path | None, command: str | None) -> OpeningKeys:
    if file is not None:
        return load_opening_keys(file)
    assert command is not None  # one of the two is given
    try:
        return read_opening_keys(_printed(command))
    except KeyFileError as error:
        raise KeyFileError(error.code, f"{kind}_PRIVATE_KEYS_COMMAND: {error.message}") from None


def _printed(command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command, split without a shell
            shlex.split(command), stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_TIMEOUT_S, check=True
        )
    except subprocess.CalledProcessError as error:
        raise KeyFileError("key_command_failed", f"the command exited with {error.returncode}") from None
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        message = f"the command did not run to its end: {type(error).__name__}"
        raise KeyFileError("key_command_failed", message) from None
    return done.stdout.decode(errors="replace")
