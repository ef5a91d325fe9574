"""`cardinity worker`: worker processes under our supervisor, and the one metrics endpoint of this host."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import click

from producers.errors import LedgerUnavailable
from producers.runtime.clients import sync_client
from producers.runtime.exposition import registry_of, serve_metrics
from producers.runtime.ledger_fitness import FitnessCollector, ledger_problems
from producers.runtime.ledger_stats import LedgerCollector, LedgerStats, read_ledger_stats
from producers.runtime.settings import Settings
from producers.runtime.shared_numbers import SharedNumbers
from workers.cli.processes.certificates import CertificatesCollector, tls_servers
from workers.cli.processes.numbers import ProcessesCollector
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.host.parent_death import stop_with_parent
from workers.supervisor import ProcessEvent, Supervisor, worker_argv

#: Seconds a process gets beyond its own shutdown timeout before it is killed.
GRACE_EXTRA_S = 5.0


@click.command("worker")
@click.option("--processes", type=click.IntRange(1, 256), help="How many; default WORKER_PROCESSES.")
@click.option("--parent", type=int, default=0, hidden=True, help="Stop when this process, our parent, is gone.")
@click.option("--boot", default="", hidden=True, help="module:function that each process boots with.")
@speaking
def command(screen: Screen, processes: int | None, parent: int, boot: str) -> None:
    """Charge what is on the queue until Ctrl-C or SIGTERM.

    A process that dies is started again. On the way out every process finishes what it has sent; the exit
    code is 0 only if nothing is held then, 75 if something is, 78 if the configuration does not let workers
    start.
    """
    settings = Settings.for_worker(os.environ)
    count = processes or settings.worker_processes
    if parent:
        stop_with_parent(parent)
    with shared_numbers(settings) as directory, ExitStack() as closing:
        host = Host(screen, settings, directory, count, boot)
        certificates = closing.enter_context(CertificatesCollector(tls_servers(settings)))
        collectors = (
            host.processes,
            certificates,
            LedgerCollector(host.read_stats),
            FitnessCollector(host.find_problems),
        )
        registry = registry_of(host.numbers, *collectors)
        server = closing.enter_context(
            serve_metrics(settings.metrics_host, settings.metrics_port, registry, obstacles=host.obstacles)
        )
        screen.say(f"metrics at {server.url}/metrics")
        if screen.as_json:
            screen.record({"event": "serving", "url": server.url})
        code = host.run()
    if code == ExitCode.CONFIG:
        message = "the workers refuse this configuration; they say why above"
        raise CommandError("worker_refused", message, ExitCode.CONFIG)
    click.get_current_context().exit(code)


@contextmanager
def shared_numbers(settings: Settings) -> Iterator[Path]:
    """The directory in which the processes share their numbers; our own unless one is set."""
    with ExitStack() as closing:
        directory = settings.prometheus_multiproc_dir
        if directory is None:
            directory = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="cardinity-metrics-")))
        yield directory


class Host:
    """The processes of one host. `run` blocks until a signal asks to stop."""

    def __init__(self, screen: Screen, settings: Settings, directory: Path, count: int, boot: str = "") -> None:
        self._screen = screen
        self._settings = settings
        self.numbers = SharedNumbers(directory)
        self.numbers.empty()
        self.processes = ProcessesCollector(lambda: len(self._supervisor.pids))
        self._count = count
        self._refused = False
        env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(directory)}
        grace_s = settings.shutdown_timeout_s + GRACE_EXTRA_S
        argv = worker_argv(*(("--boot", boot) if boot else ()))
        self._supervisor = Supervisor(count, argv, env, self._tell, grace_s=grace_s)

    def run(self) -> int:
        """Run until told to stop; the highest exit code among the processes."""
        with _stopping(self._supervisor.stop):
            code = self._supervisor.run()
        return ExitCode.CONFIG if self._refused else code

    def obstacles(self) -> Sequence[str]:
        """Why this host is not ready, for its health check."""
        running = len(self._supervisor.pids)
        missing = [] if running == self._count else [f"{running} of {self._count} worker processes run"]
        try:
            self.read_stats()
        except LedgerUnavailable as error:
            missing.append(error.message)
        return missing

    def read_stats(self) -> LedgerStats:
        """The numbers that only Redis knows."""
        settings = self._settings
        with (
            sync_client(settings.redis_ledger_url, settings) as ledger,
            sync_client(settings.redis_queue_url, settings) as queue,
        ):
            return read_ledger_stats(ledger, queue, settings.accounts)

    def find_problems(self) -> Sequence[str]:
        """Why the ledger may not be trusted with an intent."""
        with sync_client(self._settings.redis_ledger_url, self._settings) as ledger:
            return ledger_problems(ledger, self._settings)

    def _tell(self, event: ProcessEvent) -> None:
        if event.kind != "started":
            self.numbers.bury(event.pid)
        if event.kind == "died" and event.exit_code is not None:
            self.processes.died(event.exit_code)
        code = "" if event.exit_code is None else f", exit code {event.exit_code}"
        self._screen.say(f"worker {event.index} {event.kind}, pid {event.pid}{code}")
        if self._screen.as_json:
            told = {"index": event.index, "pid": event.pid, "exit_code": event.exit_code}
            self._screen.record({"event": event.kind, **told})
        if event.kind == "died" and event.exit_code == ExitCode.CONFIG:
            # Starting it again changes nothing until somebody has mended the configuration.
            self._refused = True
            self._supervisor.stop()


@contextmanager
def _stopping(stop: Callable[[], None]) -> Iterator[None]:
    def ask(number: int, frame: FrameType | None) -> None:
        stop()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
