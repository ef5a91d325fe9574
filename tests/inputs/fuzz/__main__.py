"""`python -m tests.inputs.fuzz --runs N`: throws changed inputs at every parser, and counts.

With atheris the changes are guided by the code they reach; where it is not installed this says so, and the fuzzer of
our own does what it can. Exits 1 with the first finding of each parser that has one: the exception and the input.
"""

from __future__ import annotations

import importlib.util
import logging
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NamedTuple

import click

from tests.inputs.fuzz.mutation import INPUT_MAX, mutated
from tests.inputs.fuzz.parser import Parser
from tests.inputs.fuzz.parsers import PARSERS
from tests.inputs.fuzz.verdict import execute

#: Bytes of an input that are shown with a finding.
SHOWN_MAX: Final = 600
#: Megabytes a parser may come to before atheris calls it a finding.
RSS_MAX_MB: Final = 2048
_DONE: Final = re.compile(r"Done ([0-9]+) runs")
_RAISED: Final = re.compile(r"=== Uncaught Python exception: ===\n(.*?)\n==", re.DOTALL)


class Ran(NamedTuple):
    """What became of one parser."""

    executions: int
    finding: str = ""


@click.command()
@click.option("--runs", type=click.IntRange(1), default=1_000_000, show_default=True, help="Executions in all.")
@click.option(
    "--parser", "names", multiple=True, type=click.Choice(list(PARSERS)), help="Only this one; again for more."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the changes.")
@click.option("--own", is_flag=True, help="The fuzzer of our own, even where atheris is installed.")
def main(runs: int, names: tuple[str, ...], seed: int, own: bool) -> None:
    """Fuzz the parsers."""
    logging.disable(logging.CRITICAL)
    guided = importlib.util.find_spec("atheris") is not None and not own
    if not guided and not own:
        print("atheris: not available; the fuzzer of our own runs instead")
    chosen = [PARSERS[name] for name in names or PARSERS]
    shares = _shares(chosen, runs)
    total, findings = 0, 0
    for parser, share in zip(chosen, shares, strict=True):
        began = time.monotonic()
        ran = _guided(parser, share, seed) if guided else unguided(parser, share, seed)
        total, findings = total + ran.executions, findings + bool(ran.finding)
        took_s = time.monotonic() - began
        print(
            f"{parser.name:20} {ran.executions:>9} executions {took_s:7.1f} s  {ran.finding or 'nothing'}", flush=True
        )
    print(f"{total} executions of {len(chosen)} parsers by {'atheris' if guided else 'our own'}, {findings} findings")
    sys.exit(1 if findings else 0)


def unguided(parser: Parser, runs: int, seed: int) -> Ran:
    """Fuzz one parser in this process, up to its first finding."""
    rng = random.Random(f"{seed} {parser.name}")
    seeds = [*parser.seeds()]
    for number in range(runs):
        data = seeds[number][:INPUT_MAX] if number < len(seeds) else mutated(rng, seeds)
        try:
            execute(parser, data)
        except Exception as error:  # the border: this is what fuzzing is there to find
            return Ran(number + 1, _told(f"{type(error).__name__}: {error}", data))
    return Ran(runs)


def _shares(parsers: list[Parser], runs: int) -> list[int]:
    """Executions of each: the cheap ones get more, and together they get at least as many as were asked for."""
    weights = [1 / parser.cost for parser in parsers]
    return [int(runs * weight / sum(weights)) + 1 for weight in weights]


def _guided(parser: Parser, runs: int, seed: int) -> Ran:
    with tempfile.TemporaryDirectory() as directory:
        corpus = Path(directory, "corpus")
        corpus.mkdir()
        for number, data in enumerate(parser.seeds()):
            corpus.joinpath(str(number)).write_bytes(data[:INPUT_MAX])
        command = [sys.executable, "-m", "tests.inputs.fuzz.guided", parser.name, str(corpus)]
        command += [f"-runs={runs}", f"-seed={seed}", f"-max_len={INPUT_MAX}", f"-rss_limit_mb={RSS_MAX_MB}"]
        command += [f"-artifact_prefix={directory}/found-", "-detect_leaks=0", "-verbosity=1"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        said = (done.stdout + done.stderr).decode(errors="replace")
        executed = [int(count) for count in _DONE.findall(said)]
        if not done.returncode and executed:
            return Ran(executed[-1])
        found = [*Path(directory).glob("found-*")]
        raised = _RAISED.search(said)
        what = raised[1].strip().splitlines()[-1] if raised else said[-SHOWN_MAX:]
        return Ran(
            executed[-1] if executed else _last_number(said), _told(what, found[0].read_bytes() if found else b"")
        )


def _last_number(said: str) -> int:
    """Executions so far, by the last line of progress."""
    numbers = re.findall(r"^#([0-9]+)\s", said, re.MULTILINE)
    return int(numbers[-1]) if numbers else 0


def _told(what: str, data: bytes) -> str:
    return f"FOUND {what[:SHOWN_MAX]} by {data[:SHOWN_MAX]!r}"


if __name__ == "__main__":
    main()
