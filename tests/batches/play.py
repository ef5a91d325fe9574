"""A batch file of any size through the command line, on a real Valkey: what each command takes, and what it says.

Nothing of the file is charged until it has been submitted twice. Then workers charge a part of it at the gateway's
double, the batch is paused, resumed and cancelled, and the report is held against the file and the gateway's books.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from cardinity_client.money import Money
from producers.contract import states
from producers.runtime.ledger import keys
from tests.batches.command import Command, Ran, say
from tests.batches.file import Sums, read_report, write
from tests.eventually import eventually
from tests.stack import Stack
from workers.operations.tally import Tally

NAME, PREFIX = "large", "BIG"
#: Settings as they are, but for what a batch must not run into while others use the machine.
SCALE = {"LOG_FORMAT": "json"}
#: Seconds that the part that is charged may take.
CHARGED_WITHIN_S = 1200.0
#: States whose rows may be tried again.
_FAILED = (states.DECLINED, states.REJECTED, states.EXPIRED, states.CANCELLED, states.NOT_CHARGED)


@dataclass(slots=True)
class Told:
    """What was measured; `sizes` are peaks in MB of what is no command."""

    steps: list[Ran] = field(default_factory=list)
    sizes: dict[str, float] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)


def play(directory: Path, rows: int, charged: int) -> Told:
    """All of it.

    Raises:
        AssertionError: a number is not what it should be.
    """
    with Stack(directory / "stack", scale=SCALE) as stack:
        return _Play(stack, directory / "large.csv", rows, charged).all()


class _Play:
    def __init__(self, stack: Stack, path: Path, rows: int, charged: int) -> None:
        self._stack = stack
        self._path = path
        self._rows = rows
        self._charged = charged
        self._ledger = redis.Redis.from_url(stack.valkey.url(1), protocol=2)
        self._told = Told()

    def all(self) -> Told:
        say(f"writing {self._rows:,} rows")
        truth = write(self._path, self._rows, PREFIX)
        self._judge()
        self._submit(truth)
        worker = self._stack.worker()
        with self._start("watch", "--batch", NAME, "--json") as watch:
            self._stop_and_go()
            self._cancel()
            watched = self._ended(watch)
        assert watched.result["final"] == self._rows, watched.result
        self._report(truth)
        self._told.sizes = {"worker": _peak_mb(worker.pid), "Valkey": _peak_mb(self._stack.valkey.pid)}
        return self._told

    def _judge(self) -> None:
        valid = self._run("validate", str(self._path), "--json").result
        assert valid == {"rows": self._rows, "valid": self._rows, "invalid": 0}

    def _submit(self, truth: Sums) -> None:
        first = self._run("submit", str(self._path), "--name", NAME, "--json").result
        assert (first["accepted"], first["totals"]) == (self._rows, truth.texts), first
        again = self._run("submit", str(self._path), "--name", NAME, "--json", name="submit again").result
        assert (again["accepted"], again["known_before"]) == (0, self._rows), again
        assert again["manifest"] == first["manifest"]
        assert self._tally().counts == {states.ACCEPTED: self._rows}

    def _stop_and_go(self) -> None:
        """Half of what is to be charged, a pause in which nothing is, and the other half."""
        self._await(self._charged // 2)
        paused = self._run("pause", NAME, "--json").result
        assert paused["unsent"] + paused["sent_or_ended"] == self._rows
        eventually(self._at_rest, "what was on its way when the batch was paused has ended")
        sent = self._rows - self._tally().counts.get(states.ACCEPTED, 0)
        assert len(self._stack.charges()) == sent, f"{sent} were sent before the pause, the gateway heard of others"
        resumed = self._run("resume", NAME, "--json").result
        # Workers take some before the walk has come to them.
        assert resumed["was"] == "paused" and 0 < resumed["affected"] <= self._rows - sent, resumed
        self._await(sent + self._charged // 2)

    def _cancel(self) -> None:
        """Again while it says that some are not ended yet."""
        name, left = "cancel", True
        while left:
            done = self._run("cancel", NAME, "--json", name=name, codes=(0, 75)).result
            name, left = "cancel again", done["unsent"] > 0

    def _report(self, truth: Sums) -> None:
        again = self._path.with_name("again.csv")
        options = ("--batch", NAME, "--failed", str(again), "--suffix=-r2")
        report = self._run("report", str(self._path), *options)
        sums = read_report(report.out, PREFIX)
        assert (sums.rows, sums.texts) == (truth.rows, truth.texts)
        assert dict(sums.states) == self._tally().counts
        books = Counter[str]()
        for row in self._stack.charges().values():
            assert row["approved"] <= 1, row
            books[row["currency"]] += row["approved"] * Money.parse(row["amount"], row["currency"]).minor
        assert +books == +sums.approved_minor
        failed = self._run("validate", str(again), "--json", name="validate again").result
        assert failed["valid"] == sum(sums.states[state] for state in _FAILED)
        self._told.states = dict(sums.states)

    def _run(self, *arguments: str, name: str = "", codes: Sequence[int] = (0,)) -> Ran:
        with self._start(*arguments, name=name) as command:
            return self._ended(command, codes)

    def _start(self, *arguments: str, name: str = "") -> Command:
        beside = None if arguments[0] == "watch" else self._standing
        return Command(self._stack, name or arguments[0], arguments, beside)

    def _ended(self, command: Command, codes: Sequence[int] = (0,)) -> Ran:
        ran = command.ended()
        say(f"{ran.name}: {ran.wall_s:.1f} s, {ran.cpu_s:.1f} s of CPU, {ran.peak_mb:.0f} MB, {self._standing()}")
        assert ran.code in codes, f"{ran.name} ended with {ran.code}: see {ran.out}"
        self._told.steps.append(ran)
        return ran

    def _await(self, sent: int) -> None:
        say(f"waiting until {sent:,} are charged")
        eventually(lambda: self._tally().final >= sent, f"{sent} orders have ended", within_s=CHARGED_WITHIN_S)

    def _at_rest(self) -> bool:
        """Whether nothing is on its way."""
        tally = self._tally()
        return tally.open == tally.counts.get(states.ACCEPTED, 0)

    def _tally(self) -> Tally:
        counters: Any = self._ledger.hgetall(keys.batch(NAME))
        return Tally({state: count for state, count in Tally.read(counters).counts.items() if count})

    def _standing(self) -> str:
        return ", ".join(f"{count:,} {state}" for state, count in self._tally().counts.items()) or "nothing accepted"


def _peak_mb(pid: int) -> float:
    """The most resident memory that a running process had."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6
