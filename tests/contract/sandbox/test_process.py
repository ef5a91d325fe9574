"""The sandbox as a process of its own: one line when it listens, a clean end on a signal."""

import asyncio
import contextlib
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from cardinity_client.sandbox import Running
from cardinity_client.sandbox.__main__ import main
from tests.contract.sandbox.caller import Caller
from tests.eventually import eventually_async
from tests.unit.sandbox.bodies import charge


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    """One line of JSON names the URL; with a client hanging, the end is 0 and nothing on stderr."""
    plan = tmp_path / "faults.json"
    plan.write_text('[{"fault": "charge_then_hang", "order_id": "order-1"}]')
    async with _process("--seed", "7", "--faults", str(plan)) as (process, caller):
        reader, writer = await caller.open(charge())
        assert (await caller.post(charge(order_id="order-2"))).status == 201
        process.send_signal(number)
        stdout, stderr = await process.communicate()
        assert (process.returncode, stdout, stderr) == (0, b"", b"")
        assert await reader.read() == b""
        writer.close()


async def test_an_answer_in_progress_is_finished(tmp_path: Path) -> None:
    """A payment that waits out the latency when the signal comes still gets its answer."""
    async with _process("--latency-ms", "200", "--latency-jitter-ms", "1") as (process, caller):
        reader, writer = await caller.open(charge())
        await eventually_async(lambda: _charged(caller), "the charge has landed")
        process.send_signal(signal.SIGTERM)
        assert (await reader.read()).startswith(b"HTTP/1.1 201 ")
        assert await process.wait() == 0
        writer.close()


def test_a_bad_plan_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message names the rule; no traceback."""
    plan = tmp_path / "faults.json"
    plan.write_text('[{"fault": "late_landing"}]')
    with pytest.raises(SystemExit, match="2"):
        main(["--faults", str(plan)])
    assert "rule 1 (late_landing): needs delay_ms" in capsys.readouterr().err


def test_a_missing_plan_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there is named."""
    with pytest.raises(SystemExit, match="2"):
        main(["--faults", str(tmp_path / "nothing.json")])
    assert "nothing.json" in capsys.readouterr().err


def test_a_taken_port_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """The process ends with 1 and one line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    assert capsys.readouterr().err == f"cannot listen on 127.0.0.1:{port}: Address already in use\n"


async def _charged(caller: Caller) -> bool:
    return await caller.counts() == (1, 1)


@contextlib.asynccontextmanager
async def _process(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, Caller]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "cardinity_client.sandbox", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    line = json.loads(await process.stdout.readline())
    assert set(line) == {"url"}
    url = line["url"]
    try:
        async with aiohttp.ClientSession() as session:
            # The process's own account is out of reach; callers need the URLs only.
            yield process, Caller(Running(url, url.removesuffix("/v1"), None), session)  # type: ignore[arg-type]
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
