"""`cardinity sandbox`: the gateway's double as a server, and its clock."""

from __future__ import annotations

from pathlib import Path

import click

from cardinity_client.sandbox import PlanError, parse_plan
from cardinity_client.sandbox.__main__ import main as serve
from cardinity_client.sandbox.settings import SandboxSettings, with_settings
from workers.cli.sandbox.clock import clock
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.seconds import Seconds
from workers.cli.shell.speaking import speaking
from workers.host.parent_death import stop_with_parent


@click.group("sandbox", invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one (default).")
@click.option("--seed", type=int, default=0, show_default=True, help="Decides whom the faults strike.")
@click.option("--faults", type=click.Path(path_type=Path), metavar="FILE", help="A JSON list of rules.")
@click.option("--latency-ms", type=Seconds(), default=0.0, help="Before every answer.")
@click.option("--setting", "pairs", multiple=True, metavar="NAME=VALUE", help="A habit of the account; may repeat.")
@click.option("--parent", type=int, default=0, hidden=True, help="Stop when this process, our parent, is gone.")
@speaking
@click.pass_context
def command(
    context: click.Context,
    screen: Screen,
    host: str,
    port: int,
    seed: int,
    faults: Path | None,
    latency_ms: float,
    pairs: tuple[str, ...],
    parent: int,
) -> None:
    """Serve the gateway's double until Ctrl-C or SIGTERM.

    Prints {"url": …} on stdout when it is ready. The credentials are test_sandbox_key and sandbox-secret.
    With a command after it nothing is served.
    """
    if context.invoked_subcommand:
        return
    if faults is not None:
        try:
            parse_plan(faults.read_bytes())
        except PlanError as error:
            raise CommandError("plan_invalid", f"{faults}: {error}", ExitCode.DATA) from None
    try:
        with_settings(SandboxSettings(), pairs)
    except ValueError as error:
        raise CommandError("setting_invalid", f"--setting {error}", ExitCode.DATA) from None
    if parent:
        stop_with_parent(parent)
    plan = () if faults is None else ("--faults", str(faults))
    told = (f"--host={host}", f"--port={port}", f"--seed={seed}", f"--latency-ms={latency_ms}", *plan)
    told += tuple(f"--setting={pair}" for pair in pairs)
    if serve(list(told)):
        raise CommandError("address_taken", f"cannot listen on {host}:{port}", ExitCode.UNAVAILABLE)


command.add_command(clock)
