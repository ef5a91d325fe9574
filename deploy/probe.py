"""`probe.py URL`: exits 0 when it answers 2xx, else 1. For health checks in an image where no curl is wanted."""

from __future__ import annotations

import http.client
import sys
from urllib.parse import urlsplit

#: Seconds until silence counts as ill.
TIMEOUT_S = 4.0


def is_well(url: str) -> bool:
    """Whether a GET of it is answered with 2xx."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT_S)
    try:
        connection.request("GET", parts.path or "/")
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_well(sys.argv[1]) else 1)
