"""Archive databases for tests: an empty one of either kind, brought to the newest revision or not."""

from __future__ import annotations

from pathlib import Path

from producers.runtime.archive.database import Archive
from producers.runtime.archive.revisions import upgrade
from producers.runtime.settings import Settings


def archive_settings(directory: Path, url: str | None, **more: str) -> Settings:
    """Settings of a process that has its state, and its archive unless it has a URL, in the directory."""
    return Settings.from_environ({"STATE_DIR": str(directory), **({"ARCHIVE_URL": url} if url else {}), **more})


def upgraded(settings: Settings) -> Archive:
    """The archive with its tables."""
    with Archive(settings, any_revision=True) as archive:
        upgrade(archive)
    return Archive(settings)
