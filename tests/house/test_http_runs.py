"""What the documents say over HTTP is what is answered: their requests are sent to a running application."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.archives import upgraded
from tests.house.documents import fenced
from tests.house.examples import comparable, read_message
from tests.house.tree import ROOT
from tests.http_process import Process, http_process
from tests.stack import Stack

DOCUMENTS = ("README.md", "docs/http.md")
#: What differs from run to run, and is not told in an example.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """An application whose orders nobody takes, so that they stay as they were accepted."""
    with Stack(tmp_path_factory.mktemp("http")) as stack, http_process(stack) as process:
        upgraded(stack.settings()).close()
        yield process


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_request_is_answered_as_it_stands(process: Process, path: str) -> None:
    """In order: status, headers and body, but for moments and members that are not shown."""
    messages = [read_message(block) for block in fenced(path, "http")]
    assert len(messages) > 1
    for request, answer in zip(messages[::2], messages[1::2], strict=True):
        method, target, _ = request.start.split(" ")
        headers = {**request.headers, "Authorization": process.caller.headers["Authorization"]}
        told = process.client.request(method, target, headers=headers, content=request.body)
        assert told.status_code == int(answer.start.split(" ")[1])
        assert {name: told.headers[name] for name in answer.headers} == answer.headers
        shown, answered = comparable(answer.body, told.text)
        assert _timeless(answered) == _timeless(shown)


def test_the_key_that_the_document_makes_is_a_key(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The command line stands in docs/http.md, and prints a key alone."""
    (line,) = (line for block in fenced("docs/http.md", "sh") for line in block.splitlines() if " keys api " in line)
    directory = tmp_path_factory.mktemp("keys")
    argv = [sys.executable, "-m", "workers.cli", *shlex.split(line)[1:]]
    env = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(argv, cwd=directory, env=env, capture_output=True, text=True, check=True)
    assert re.fullmatch(r"cbk_[A-Za-z0-9_-]{43}\n", done.stdout)
    assert (directory / "api-keys.json").stat().st_mode & 0o777 == 0o600


def _timeless(body: str) -> Any:
    return json.loads(MOMENT.sub("then", body))
