"""What another terminal sources, so that commands there speak to the demo: `. DIRECTORY/env`."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from producers.runtime.settings_table import FILE_SUFFIX, settings_table


def write_env(path: Path, env: Mapping[str, str]) -> None:
    """Write the settings of `env`, for its owner only. Others that the terminal has, perhaps live ones, are unset."""
    names = [name for row in settings_table() for name in (row.env, row.env + FILE_SUFFIX)]
    lines = [
        f"unset {' '.join(name for name in names if name not in env)}",
        *(f"export {name}={shlex.quote(env[name])}" for name in names if name in env),
        f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"',
    ]
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
