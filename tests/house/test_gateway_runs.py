"""What docs/gateway.md shows of every operation is what happens: Python, HTTP and the command line, in its order."""

import io
import json
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner

from cardinity_client import CardinityClient
from producers import Enqueuer
from tests.application import DOORS
from tests.eventually import awaited, eventually
from tests.house.documents import FENCED, fenced
from tests.house.examples import Meanings, comparable, read_message
from tests.house.openapi.document import document
from tests.house.tree import hold, text
from tests.house.typed import promised
from tests.http_process import Process, http_process
from tests.stack import CARD, Stack
from tests.unit.client.notices import APPROVED, body_of, signed
from tests.unit.contract.builders import threeds_fields
from workers.cli import main

PATH = "docs/gateway.md"
#: Documents whose requests are sent to a running application.
RUN = (PATH, "README.md", "docs/http.md")
SPLIT = {
    "split_id": "CS-1",
    "total": "100.00",
    "currency": "EUR",
    "country": "LT",
    "payment_instrument": CARD,
    "parts": [{"recipient": "shop-a", "share": 7}, {"recipient": "shop-b", "share": 3}],
}
#: Files that the command lines name.
FILES = {
    "threeds.json": json.dumps(threeds_fields()).encode(),
    "split.json": json.dumps(SPLIT).encode(),
    "card.json": json.dumps({name: value for name, value in CARD.items() if name != "cvc"}).encode(),
    "cvc.json": b'{"cvc": "123"}',
    "cres.txt": b"3ds2-pass",
    "pares.txt": b"3d-pass",
    "answer.txt": body_of(signed(APPROVED)),
}
#: Seconds until an order has ended that is asked about.
WITHIN_S = 30


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole system whose gateway has a chargeback and an RDR record."""
    with Stack(tmp_path_factory.mktemp("gateway"), sandbox_args=("--setting", "seeded_chargeback=true")) as stack:
        (chargeback,) = stack.admin("records?type=chargeback")
        stack.admin("disputes", {"payment_id": chargeback["parent_id"], "type": "rdr", "status": "approved"})
        stack.env |= DOORS
        stack.worker()
        with redis.Redis.from_url(stack.valkey.url(1)) as ledger:
            eventually(lambda: ledger.exists("pay:disputes:default"), "the chargeback is told")
        yield stack


@pytest.fixture(scope="module")
def process(stack: Stack) -> Iterator[Process]:
    """The application, with credentials and all doors open."""
    with http_process(stack, CALLBACK_RETURN_URL="https://shop.example/paid") as process:
        yield process


class Reader:
    """Does what the document says."""

    def __init__(self, process: Process, stack: Stack) -> None:
        self._process = process
        self._stack = stack
        self._meanings = Meanings()
        self._python: dict[str, Any] = {}
        #: What was told last.
        self._last = ""

    def python(self, code: str) -> None:
        """The blocks are one program, and print what stands beside them."""
        with redirect_stdout(io.StringIO()) as printed:
            exec(compile(code, PATH, "exec"), self._python)  # noqa: S102 - our own document
        assert list(promised(code)) == printed.getvalue().splitlines()

    def http(self, asked: str, answered: str) -> None:
        """What asks only is asked until it is answered as it stands; what orders is sent once."""
        request, answer = read_message(self._meanings.now(asked)), read_message(answered)
        method, target, _ = request.start.split(" ")
        headers = {**request.headers, "Authorization": self._process.caller.headers["Authorization"]}

        def is_answered() -> bool:
            told = self._process.client.request(method, target, headers=headers, content=request.body.encode())
            assert told.status_code == int(answer.start.split(" ")[1]), f"{asked}\n{told.text}"
            assert {name: told.headers[name] for name in answer.headers} == answer.headers
            shown, self._last = comparable(answer.body, told.text)
            return self._meanings.fits(shown, self._last, whole=True)

        fits = awaited(is_answered, within_s=WITHIN_S if method == "GET" else 0)
        assert fits, f"{asked}\n{answered}\n{self._last}"

    def line(self, line: str) -> None:
        """A command line: its exit code, and what it prints."""
        given, _, beside = line.partition("  # ")
        expected, _, code = beside.partition("; exit code ")
        words = shlex.split(self._meanings.now(given))[1:]

        def ran() -> bool:
            done = CliRunner().invoke(main, words, input=json.dumps(CARD), env=self._stack.env)
            assert done.exit_code == int(code or 0), f"{line}\n{done.output}"
            self._last = done.output
            return self._meanings.fits(expected, done.stdout)

        fits = awaited(ran, within_s=WITHIN_S if {"list", "get", "show"} & {*words} else 0)
        assert fits, f"{line}\n{self._last}"


@pytest.mark.slow
def test_every_example_does_what_stands_beside_it(
    process: Process, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One reader goes through the document, with the files that it names."""
    monkeypatch.chdir(tmp_path)
    for name, value in stack.env.items():
        monkeypatch.setenv(name, value)
    for name, content in FILES.items():
        Path(name).write_bytes(content)
    reader = Reader(process, stack)
    blocks = iter(FENCED.findall(text(PATH)))
    for language, code in blocks:
        match language:
            case "python":
                reader.python(code)
            case "http":
                reader.http(code, next(blocks)[1])
            case _:
                for line in code.splitlines():
                    reader.line(line)


def test_every_operation_over_http_has_an_example() -> None:
    """Each path and method of the OpenAPI document but those for machines is asked for in a document."""
    asked = [block.split(" ")[:2] for path in RUN for block in fenced(path, "http") if " HTTP/1.1" in block[:200]]
    described = {
        (method.upper(), re.sub(r"(payment_id\})/(?:settlements|voids|chargebacks|rdrs)", r"\1/refunds", path))
        for path, item in document()["paths"].items()
        for method in item
        if path.startswith(("/v1/", "/callbacks/"))
    }
    patterns = {(method, path): re.compile(re.sub(r"\{\w+\}", "[^/]+", path)) for method, path in described}
    hold(
        "Give it an example in docs/gateway.md.",
        (
            f"{method} {path}"
            for (method, path), pattern in sorted(patterns.items())
            if not any(method == given and pattern.fullmatch(target.partition("?")[0]) for given, target in asked)
        ),
    )


def test_every_operation_in_python_has_an_example() -> None:
    """Whatever an enqueuer accepts, and whatever the client reads."""
    code = "".join(block for path in (PATH, "docs/python.md") for block in fenced(path, "python"))
    accepted = {name for name in vars(Enqueuer) if not name.startswith("_")} - {
        "close", "conflicts", "begin_batch", "session_key", "ledger",
    }  # fmt: skip
    read = {name for name in vars(CardinityClient) if name.startswith(("get_", "list_"))}
    hold("Give it an example in docs/gateway.md.", sorted(name for name in accepted | read if f".{name}(" not in code))
