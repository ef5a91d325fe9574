"""The wire between workers and the gateway, in the hands of a test: what is under way on it stays so until the test has
done what it came for, however long a machine takes for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.proxy import CuttingProxy
from tests.stack import Stack


@contextmanager
def gateway_wire(stack: Stack) -> Iterator[tuple[CuttingProxy, Mapping[str, str]]]:
    """The wire, and the environment of a worker that speaks over it."""
    upstream = urlsplit(stack.gateway).port
    assert upstream is not None
    with CuttingProxy(upstream) as wire:
        yield wire, {"CARDINITY_BASE_URL": f"http://127.0.0.1:{wire.port}/v1"}
