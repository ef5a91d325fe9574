"""What the product set out to reach, and what a session shows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from tests.benchmarks.contenders import BY_NAME
from tests.benchmarks.results import Session
from tests.benchmarks.run import Figures
from tests.benchmarks.tables import table

#: What is asked of one run of ours: the latency, the words, the figure, its format, and whether it is enough.
_Ask = tuple[float, str, Callable[[Figures], float], str, Callable[[float], bool]]
ASKS: Sequence[_Ask] = (
    (300, "payments/s >= 3,000", lambda run: run.per_s, "{:,.0f}", lambda value: value >= 3_000),
    (1500, "payments/s >= 1,000", lambda run: run.per_s, "{:,.0f}", lambda value: value >= 1_000),
    (300, "worker CPU per payment <= 350 µs", lambda run: run.worker_us, "{:,.0f} µs", lambda value: value <= 350),
    (300, "Redis round trips per payment <= 1", lambda run: run.reads, "{:.2f}", lambda value: value <= 1),
    (300, "memory per payment in flight <= 20 KB", lambda run: run.kb_per_in_flight, "{:.1f} KB", lambda v: v <= 20),
)
#: Commands that clients send per payment; against the best queue-based peer, payments/s and CPU.
COMMANDS_MAX, FASTER, LEANER = 12, 4.0, 0.25


#: What was asked, what was measured, and whether that is enough.
Verdict = tuple[str, str, bool]


def targets(session: Session) -> str:
    """A row per target that the session can tell of."""
    runs = {(run.contender, run.latency_ms): run for run in session.medians()}
    return judged([*_asks(runs), *_commands(session), *_against_peers(runs)])


def judged(verdicts: Iterable[Verdict]) -> str:
    """Targets as a table."""
    rows = ((asked, measured, "yes" if enough else "**no**") for asked, measured, enough in verdicts)
    return table(("target", "measured", "reached"), rows)


def _asks(runs: Mapping[tuple[str, float], Figures]) -> Iterator[Verdict]:
    for latency_ms, words, figure, shape, enough in ASKS:
        if run := runs.get(("ours", latency_ms)):
            yield f"at {latency_ms:g} ms: {words}", shape.format(figure(run)), enough(figure(run))


def _commands(session: Session) -> Iterator[Verdict]:
    if counts := session.counts.get("ours"):
        told = f"{counts.sent:.1f} ({counts.scripted:.1f} more inside scripts)"
        yield f"Redis commands sent per payment <= {COMMANDS_MAX}", told, counts.sent <= COMMANDS_MAX


def _against_peers(runs: Mapping[tuple[str, float], Figures]) -> Iterator[Verdict]:
    for latency_ms in sorted({latency_ms for _, latency_ms in runs}):
        ours = runs.get(("ours", latency_ms))
        queued = [run for (name, at), run in runs.items() if at == latency_ms and _from_a_queue(name)]
        if ours is None or not queued:
            continue
        best, lean = max(queued, key=lambda run: run.per_s), min(queued, key=lambda run: run.worker_us)
        faster, leaner = ours.per_s / best.per_s, ours.worker_us / lean.worker_us
        words = f"at {latency_ms:g} ms: {FASTER:g} times the payments/s of the best queue-based peer"
        yield words, f"{faster:.1f} times {best.contender}", faster >= FASTER
        words = f"at {latency_ms:g} ms: a quarter of the CPU of the leanest one"
        yield words, f"{leaner:.2f} of {lean.contender}", leaner <= LEANER


def _from_a_queue(name: str) -> bool:
    recipe = BY_NAME[name].recipe
    return recipe is not None and recipe.queue
