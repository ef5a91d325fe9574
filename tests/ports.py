"""Ports for servers that have to be told theirs before they listen.

Whoever asks the system for any port and gives it back may meet another at it a moment later: a process of the suite
that asked as well, or a connection that left from there. These are below the ports that a system gives away, and beside
those of the embedded server; a lock keeps each for the process that was told of it, until that ends.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import tempfile
from pathlib import Path

from producers.runtime.embedded import PORTS as OF_EMBEDDED_SERVERS

PORTS = range(10_000, OF_EMBEDDED_SERVERS.start)
#: Ports tried: others on this machine may have some.
TRIED_MAX = 100


def free_port() -> int:
    """One that nobody else is at, or will be."""
    folder = Path(tempfile.gettempdir()) / f"cardinity-batch-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for port in secrets.SystemRandom().sample(PORTS, TRIED_MAX):
        lock = os.open(folder / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            os.close(lock)
        else:
            return port  # the lock stays open: it is the process's, and ends with it
    raise OSError(f"no free port in {TRIED_MAX} tries")
