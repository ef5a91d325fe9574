"""A TCP proxy that lets half of a request through and then nothing: the sender is caught in mid-sentence."""

from __future__ import annotations

from tests.proxy import CHUNK, CuttingProxy, _Link


class HalvingProxy(CuttingProxy):
    """Forwards connections to a port on loopback; a request that contains `matcher` is halved, once."""

    def __init__(self, upstream: int, matcher: bytes) -> None:
        self.halved = False
        self._matcher = matcher
        super().__init__(upstream)

    def _requests(self, link: _Link) -> None:
        while data := link.client.recv(CHUNK):
            if self._matcher in data and not self.halved:
                link.server.sendall(data[: len(data) // 2])
                self.halved = True
                while link.client.recv(CHUNK):
                    pass
                return
            link.server.sendall(data)
