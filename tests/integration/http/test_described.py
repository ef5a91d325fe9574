"""Whatever the OpenAPI document allows, and what it does not, is answered as it says; each run asks the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import pytest
import redis
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from cardinity_client.sandbox.serving import running as sandbox_running
from cardinity_client.sandbox.settings import SandboxSettings
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.settings import Settings
from tests.application import CREDENTIALS, Served, a_caller, served, settings_for
from tests.archives import upgraded
from tests.conftest import LEDGER_DB, QUEUE_DB
from tests.house.openapi.document import document

SCHEMA = schemathesis.openapi.from_dict(document())
OPERATIONS = {
    f"{found.ok().method.upper()} {found.ok().path}": found.ok()
    for found in SCHEMA.get_all_operations()
    if isinstance(found, Ok)
}
#: What an answer is held against.
JUDGES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
)
#: Requests of one kind: more of those with a body, which can be wrong in more ways.
EXAMPLES, EXAMPLES_OF_READS = 40, 12


@schemathesis.serializer("text/csv")
def _csv(context: object, value: object) -> bytes:
    """What is drawn is the file."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@dataclass
class Running:
    """An application in a thread of its own."""

    url: str
    headers: dict[str, str]
    served: Served


@pytest.fixture(scope="module")
def running(valkey: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """All doors are open, the archive is there, and the gateway's double has one payment and its chargeback."""
    directory = tmp_path_factory.mktemp("described")
    for database in (QUEUE_DB, LEDGER_DB):
        with redis.Redis.from_url(valkey.url(database)) as client:
            client.flushdb()
    caller, keys = a_caller(directory)
    more = {"API_KEYS_FILE": str(keys), "WEBHOOK_RATE": "10000", **CREDENTIALS}
    ready: Future[Served] = Future()
    loop = asyncio.new_event_loop()
    stopped = asyncio.Event()

    async def main() -> None:
        async with sandbox_running(SandboxSettings(seeded_chargeback=True)) as sandbox:
            databases = (valkey.url(QUEUE_DB), valkey.url(LEDGER_DB))
            await serve_until_stopped(settings_for(directory, *databases, CARDINITY_BASE_URL=sandbox.url, **more))

    async def serve_until_stopped(given_settings: Settings) -> None:
        upgraded(given_settings).close()
        async with served(given_settings) as application:
            ready.set_result(application)
            await stopped.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    try:
        application = ready.result(60)
        yield Running(str(application.client.base_url).rstrip("/"), caller.headers, application)
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
        loop.close()


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "not allowed"])
def test_every_answer_is_described(running: Running, name: str, mode: GenerationMode) -> None:
    """With status, type, headers and members of the document; what it forbids is refused; nothing fails."""
    operation = OPERATIONS[name]
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.path_parameters or operation.query):
        mode = GenerationMode.POSITIVE  # there is nothing that could be wrong with it

    @settings(
        derandomize=True, max_examples=EXAMPLES if operation.body else EXAMPLES_OF_READS, database=None,
        phases=[Phase.generate], suppress_health_check=[*HealthCheck],
    )  # fmt: skip
    @given(data=st.data())
    def ask(data: Any) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        secured = name.split(" ")[1].startswith("/v1")
        headers = {"Authorization": running.headers["Authorization"]} if secured else {}
        answer = case.call(base_url=running.url, headers=headers)
        case.validate_response(answer, checks=CHECKS.get_by_names(JUDGES), headers=headers)

    ask()
    assert running.served.count("cardinity_unexpected_errors_total", where="http") == 0
