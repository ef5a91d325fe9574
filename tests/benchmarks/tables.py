"""A session as Markdown tables: the same on a terminal and in docs/performance.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tests.benchmarks.contenders import BY_NAME, CONTENDERS
from tests.benchmarks.results import Machine, Session
from tests.benchmarks.run import Figures

#: The latency whose run is told in full.
IN_FULL_AT_MS = 300.0


def machine_line(session: Session) -> str:
    """Where and how it was measured."""
    rounds = max((sum(1 for run in session.runs if _key(run) == _key(one)) for one in session.runs), default=0)
    wrong = sum(run.wrong for run in session.runs)
    return (
        f"{place(session.machine)}; medians of {rounds} rounds in shuffled order (seed {session.seed});"
        f" {len(session.runs)} runs, {sum(run.payments for run in session.runs):,} payments in"
        f" {session.seconds / 60:.0f} minutes, {wrong} orders not charged exactly once.\n"
    )


def place(machine: Machine) -> str:
    """The machine in one line."""
    return f"{machine.processor}, {machine.cores} cores, {machine.system}, Python {machine.python}, {machine.server}"


def per_second(session: Session) -> str:
    """Payments per second: a row per contender, a column per latency."""
    return _by_latency(session, "payments/s", lambda run: f"{run.per_s:,.0f}")


def cpu(session: Session) -> str:
    """CPU of the workers per payment."""
    return _by_latency(session, "worker CPU, µs per payment", lambda run: f"{run.worker_us:,.0f}")


def in_full(session: Session) -> str:
    """All figures at one latency."""
    runs = {run.contender: run for run in session.medians() if run.latency_ms == IN_FULL_AT_MS}
    head = (
        f"at {IN_FULL_AT_MS:g} ms", "worker µs", "Redis µs", "gateway µs", "producer µs", "commands sent", "in scripts",
        "Redis reads", "in flight", "KB each", "idle MB",
    )  # fmt: skip
    return table(head, (_full_row(session, runs[name]) for name in BY_NAME if name in runs)) if runs else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    marks = ["---", *["---:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, marks, *rows))


def _full_row(session: Session, run: Figures) -> Sequence[str]:
    counts = session.counts.get(run.contender)
    recipe = BY_NAME[run.contender].recipe
    queued = recipe is None or recipe.queue
    return (
        BY_NAME[run.contender].label,
        f"{run.worker_us:,.0f}",
        f"{run.redis_us:,.0f}" if queued else "–",
        f"{run.gateway_us:,.0f}",
        f"{run.producer_us:,.0f}" if queued else "–",
        f"{counts.sent:.1f}" if queued and counts else "–",
        f"{counts.scripted:.1f}" if queued and counts else "–",
        f"{run.reads:.2f}" if queued else "–",
        f"{run.in_flight:,}",
        f"{run.kb_per_in_flight:,.0f}",
        f"{run.idle_mb:,.0f}",
    )


def _by_latency(session: Session, name: str, show: Callable[[Figures], str]) -> str:
    latencies = sorted({run.latency_ms for run in session.runs})
    shown = {_key(run): show(run) for run in session.medians()}
    present = {run.contender for run in session.runs}
    return table(
        (name, *(f"{latency_ms:g} ms" for latency_ms in latencies)),
        (
            (contender.label, *(shown.get((contender.name, latency_ms), "–") for latency_ms in latencies))
            for contender in CONTENDERS
            if contender.name in present
        ),
    )


def _key(run: Figures) -> tuple[str, float]:
    return run.contender, run.latency_ms
