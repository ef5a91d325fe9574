"""Names that do not resolve: processes with a resolver configuration of their own, and a name server that fails.

`own_names` is the beginning of a command line. What it starts sees an `/etc/hosts` without a single name and asks the
server here for every one, even `localhost`; nobody else's files are touched.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from tests.campaign.system import netns, tools

#: What the server does with a question.
Mood = Literal["answer", "nxdomain", "servfail", "silence"]

_RCODES: Final = {"answer": 0, "nxdomain": 3, "servfail": 2}
#: Seconds between two looks whether it is to end; its end may come from another network, so it cannot be called.
_LOOK_S: Final = 0.2
#: Of the DNS protocol: the type of an address question, and the bits of an answer from one who recurses.
_A, _ANSWER = 1, 0x8180
_FILES: Final = {
    "hosts": "",
    "resolv.conf": "nameserver 127.0.0.1\n",
    "nsswitch.conf": "hosts: files dns\n",
}
#: Mounts the files over those of the system, for itself alone, and becomes the rest of its command line.
_SCRIPT: Final = """
for name in hosts resolv.conf nsswitch.conf; do
  if [ -e "/etc/$name" ]; then mount --bind "$0/$name" "/etc/$name" || exit 1; fi
done
exec "$@"
"""


def own_names(directory: Path) -> list[str]:
    """The beginning of a command line whose rest asks the name server on its own loopback for every name."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in _FILES.items():
        (directory / name).write_text(content)
    return ["unshare", "--mount", "sh", "-c", _SCRIPT, str(directory)]


class NameServer:
    """Every name is this machine, unless its mood is another."""

    def __init__(self) -> None:
        self.mood: Mood = "answer"
        #: Questions that were not answered as they should have been.
        self.failed = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))
        self._socket.settimeout(_LOOK_S)
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="names", daemon=True)

    def __enter__(self) -> NameServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        self._thread.join()
        self._socket.close()

    @contextmanager
    def moody(self, mood: Mood) -> Iterator[None]:
        """Another mood until the block ends."""
        self.mood = mood
        try:
            yield
        finally:
            self.mood = "answer"

    def _serve(self) -> None:
        while not self._closed:
            try:
                question, asker = self._socket.recvfrom(1024)
            except TimeoutError:
                continue
            self.failed += self.mood != "answer"
            if self.mood != "silence" and len(question) > 16:
                with suppress(OSError):
                    self._socket.sendto(_answer(question, _RCODES[self.mood]), asker)


@cache
def need() -> str | None:
    """Whether a process can be given files of its own, in a network of its own."""
    if reason := tools.lacks("unshare", "util-linux") or netns.need():
        return reason
    with TemporaryDirectory() as place:
        return tools.works(*own_names(Path(place)), "true")


def _answer(question: bytes, rcode: int) -> bytes:
    """The address 127.0.0.1 if that was asked, and no record of any other type."""
    end = question.index(b"\0", 12) + 5
    (kind,) = struct.unpack(">H", question[end - 4 : end - 2])
    records = int(kind == _A and rcode == 0)
    head = question[:2] + struct.pack(">HHHHH", _ANSWER | rcode, 1, records, 0, 0)
    record = b"\xc0\x0c" + struct.pack(">HHIH", _A, 1, 0, 4) + bytes([127, 0, 0, 1])
    return head + question[12:end] + record * records
