"""Which release is running."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

#: The distribution, as it is installed.
DISTRIBUTION = "cardinity-batch"


def release() -> str | None:
    """The installed version; None when run from a source tree that is not installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return None
