"""`cardinity doctor`: looks at what workers and producers on this host stand on, and says how to mend it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import click

from workers.cli import checkup
from workers.cli.checkup import Finding
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking

_MARKS: Mapping[str, str] = {"ok": "ok   ", "note": "note ", "wrong": "WRONG", "unreachable": "DOWN "}


@click.command("doctor")
@speaking
def command(screen: Screen) -> None:
    """Check settings, Redis, archive, keys, gateway and clocks; change nothing.

    Exits 0 when all is well, 78 when something must be mended, 69 when something does not answer.
    """
    verdicts: Counter[str] = Counter()
    for finding in examine(os.environ):
        verdicts[finding.verdict] += 1
        mend = f"\n                           {finding.mend}" if finding.mend else ""
        screen.result(
            {
                "check": finding.check,
                "verdict": finding.verdict,
                "message": finding.message,
                "mend": finding.mend,
            },
            f"{_MARKS[finding.verdict]}  {finding.check:<18}  {finding.message}{mend}",
        )
    if screen.as_json:
        screen.record(dict.fromkeys(_MARKS, 0) | dict(verdicts))
    click.get_current_context().exit(exit_code_of(verdicts))


def examine(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Every finding, in the order in which one would look."""
    settings, findings = checkup.of_settings(environ)
    yield from findings
    if settings is None:
        return
    yield checkup.of_state_dir(settings.state_dir)
    yield from checkup.of_redis(settings)
    yield from checkup.of_archive(settings)
    yield from checkup.of_readers(settings)
    yield from checkup.of_keys(settings)
    yield from checkup.of_risk(settings)
    yield from checkup.of_webhooks(settings)
    yield from checkup.of_traces(settings)
    yield from checkup.of_console(settings)
    yield from checkup.of_accounts(settings)
    yield from checkup.of_gateway(settings)


def exit_code_of(verdicts: Iterable[str]) -> ExitCode:
    """What the worst of them comes to: what is wrong stays wrong, what does not answer may come back."""
    if "wrong" in verdicts:
        return ExitCode.CONFIG
    return ExitCode.UNAVAILABLE if "unreachable" in verdicts else ExitCode.OK
