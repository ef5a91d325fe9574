"""Where a worker has its private keys from: a file, or a command that asks whoever keeps them, a KMS say.

The command prints what `seal.private.json` would hold. It is run without a shell, once at the start; the keys are then
in this process and in no file.
"""

from __future__ import annotations

import shlex
import subprocess
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
    if settings.seal_private_keys_command is None:
        assert settings.seal_private_keys_file is not None  # for_worker checks
        return load_opening_keys(settings.seal_private_keys_file)
    try:
        return read_opening_keys(_printed(settings.seal_private_keys_command))
    except KeyFileError as error:
        raise KeyFileError(error.code, f"SEAL_PRIVATE_KEYS_COMMAND: {error.message}") from None


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
