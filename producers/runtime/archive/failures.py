"""What a database says when it fails, in our words. A password of its URL is never among them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from producers.errors import ArchiveUnavailable

#: What time, or an operator, can mend; anything else that a database raises is a bug of ours.
LOST: Final = (OperationalError, InterfaceError, NoConnection)
#: Characters of the database's own words.
_WORDS_MAX: Final = 300


def translate(error: Exception, url: URL) -> ArchiveUnavailable:
    """The failure as callers know it."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    words = " ".join(str(cause).split())[:_WORDS_MAX]
    secret = str(url.password or "")
    if secret and secret in words:
        words = type(cause).__name__
    return ArchiveUnavailable(f"the archive database does not do its work: {words}")
