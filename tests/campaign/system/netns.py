"""A network of our own: a namespace with nothing in it but a loopback, entered by the thread that asks for it.

Threads and processes that it starts from then on are inside too, so a whole system can be put there without a change
in how it is started: it speaks over its loopback as everywhere, and packet filters there reach nobody else. The
namespace is gone with the last who is in it.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

CLONE_NEWNET = 0x40000000
#: linux/sockios.h and linux/if.h: set the flags of an interface; it is up, and working.
_SIOCSIFFLAGS, _UP_AND_RUNNING = 0x8914, 0x1 | 0x40
#: The network of this thread, as the kernel shows it.
_MINE = "/proc/thread-self/ns/net"

_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def private_network() -> Iterator[None]:
    """Be in a fresh namespace until the block ends; this thread, and all that it starts.

    Raises:
        OSError: the kernel does not let us.
    """
    home = os.open(_MINE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _must(_libc.unshare(CLONE_NEWNET), "unshare")
        try:
            _raise_loopback()
            yield
        finally:
            _must(_libc.setns(home, CLONE_NEWNET), "setns")
    finally:
        os.close(home)


def is_private() -> bool:
    """Whether this thread is in another network than the process was started in."""
    return os.stat(_MINE).st_ino != _HOME


def need() -> str | None:
    """Whether a namespace can be made here; tried in a thread, which takes it along when it ends."""
    if not os.path.exists(_MINE):
        return "network namespaces: not a Linux kernel"
    reasons: list[str | None] = []

    def trial() -> None:
        try:
            with private_network():
                reasons.append(None)
        except OSError as error:
            reasons.append(f"network namespaces: {error.strerror} (needs CAP_SYS_ADMIN)")

    thread = threading.Thread(target=trial)
    thread.start()
    thread.join()
    return reasons[0]


def _raise_loopback() -> None:
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _UP_AND_RUNNING))


def _must(result: int, call: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), call)


_HOME = os.stat(_MINE).st_ino if os.path.exists(_MINE) else 0
