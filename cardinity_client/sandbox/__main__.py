"""`python -m cardinity_client.sandbox`: serves until SIGTERM or SIGINT, after one line of JSON on stdout.

The line is `{"url": "http://127.0.0.1:PORT/v1"}` and comes when the port accepts connections.
"""

import argparse
import asyncio
import gc
import json
import signal
import sys
from pathlib import Path

import uvloop

from cardinity_client.sandbox.plan import PlanError, parse_plan
from cardinity_client.sandbox.serving import GRACE_S, running
from cardinity_client.sandbox.settings import SandboxSettings, with_settings


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        faults = parse_plan(options.faults.read_bytes()) if options.faults else ()
    except (OSError, PlanError) as error:
        parser.error(f"--faults: {error}")
    plain = SandboxSettings(
        seed=options.seed,
        latency_s=options.latency_ms / 1000,
        latency_jitter_s=options.latency_jitter_ms / 1000,
        faults=faults,
    )
    try:
        settings = with_settings(plain, options.setting)
    except ValueError as error:
        parser.error(f"--setting {error}")
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, options.host, options.port))
    except OSError as error:
        print(f"cannot listen on {options.host}:{options.port}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


async def _serve(settings: SandboxSettings, host: str, port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with running(settings, host, port, grace_s=GRACE_S) as sandbox:
        # Modules and payments stay for good; the collector's looking at them again costs 50 µs a post.
        gc.freeze()
        gc.set_threshold(100_000, 50, 100)
        print(json.dumps({"url": sandbox.url}), flush=True)
        await stopped.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cardinity-sandbox", description="The gateway's double.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--seed", type=int, default=0, help="decides which orders the faults strike")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="a plan: a JSON list of rules")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="before every answer")
    parser.add_argument("--latency-jitter-ms", type=float, default=0.0, help="up to this much more")
    parser.add_argument(
        "--setting", action="append", default=[], metavar="NAME=VALUE", help="a habit of the account: hold_days=14"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
