"""The HTTP application for tests: a producer's keys and settings, and the application on them, on a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import httpx

from cardinity_client.sandbox.settings import TEST_CONSUMER_KEY, TEST_CONSUMER_SECRET
from producers.http.app import Services, application, opened
from producers.http.serving import listen, serve
from producers.runtime.metrics import Metrics
from producers.runtime.settings import Settings
from producers.vault import add_api_key, generate_keys
from tests.unit.client.notices import PROJECT, SECRET

#: Doors that are open: those for notifications by the secret of the notices that tests make.
DOORS: Mapping[str, str] = {
    "WEBHOOK_SECRET": SECRET.reveal(),
    "HOSTED_PROJECT_ID": PROJECT,
    "HOSTED_SECRET": SECRET.reveal(),
    "CALLBACK_URL": "https://pay.example/callbacks/3ds",
}
#: Credentials of the gateway's double, which may be elsewhere.
CREDENTIALS: Mapping[str, str] = {
    "CARDINITY_CONSUMER_KEY": TEST_CONSUMER_KEY,
    "CARDINITY_CONSUMER_SECRET": TEST_CONSUMER_SECRET,
}
#: More than any test asks in a second.
PLENTY = 10_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a key."""

    key: str

    @property
    def headers(self) -> dict[str, str]:
        """What a request carries."""
        return {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}


def a_caller(
    directory: Path, name: str = "shop", *, requests_per_s: float = PLENTY, burst: int = PLENTY
) -> tuple[Caller, Path]:
    """A new caller, and the file that knows of it."""
    file = directory / "api-keys.json"
    made = add_api_key(file, producer=name, requests_per_s=requests_per_s, burst=burst)
    return Caller(made.secret.reveal()), file


def settings_for(directory: Path, queue_url: str, ledger_url: str, **more: str) -> Settings:
    """Those of an application with open doors."""
    made = generate_keys(directory / "keys")
    environ = {
        "REDIS_QUEUE_URL": queue_url,
        "REDIS_LEDGER_URL": ledger_url,
        "STATE_DIR": str(directory / "state"),
        "SEAL_PUBLIC_KEY_FILE": str(made.seal_public),
        "PRODUCER_KEY_FILE": str(made.producer_key),
        **DOORS,
        **more,
    }
    return Settings.for_producer(environ)


@dataclass(frozen=True, slots=True)
class Served:
    """A running application, and a client of it."""

    services: Services
    client: httpx.AsyncClient

    def count(self, name: str, **labels: str) -> float:
        """One of its numbers."""
        return self.services.metrics.registry.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def served(settings: Settings, *, clock: Callable[[], float] = monotonic) -> AsyncIterator[Served]:
    """An application on a port of its own, until the block ends."""
    listener, stopped = listen("127.0.0.1", 0), asyncio.Event()
    metrics = Metrics(accounts=settings.accounts, version="test", shared=False)
    async with opened(settings, metrics, clock=clock) as services:
        serving = asyncio.create_task(serve(application(services), listener, stopped))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
                yield Served(services, client)
        finally:
            stopped.set()
            await serving
