"""The settings of a command: what the environment says."""

from __future__ import annotations

import os

from producers.runtime.settings import Settings


def settings_here() -> Settings:
    """What the environment says, whoever needs it."""
    return Settings.from_environ(os.environ)
