"""`make bench`: ours and what users run today, side by side, and what each payment cost.

Runs are kept in the build folder; `make bench BENCH=document` writes them into docs/performance.md.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import document
from tests.benchmarks.compare import compare
from tests.benchmarks.contenders import BY_NAME
from tests.benchmarks.enqueue import enqueue
from tests.benchmarks.growth import growth
from tests.benchmarks.latency import latency
from tests.benchmarks.peers.environment import PeersUnavailable, lock
from tests.benchmarks.profiling import profile
from tests.benchmarks.results import FILE
from tests.benchmarks.standin.process import StandInUnavailable

#: Exit codes: an order was not charged exactly once, and what is needed cannot be had here.
WRONG, UNAVAILABLE = 1, 3
#: What `--quick` asks everybody for: enough to see that each order is charged once, whatever else the machine does.
QUICK_MS, QUICK_PAYMENTS = 50.0, 200


def main(argv: Sequence[str] | None = None) -> int:
    """Run what was asked for."""
    options = _options(argv)
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # so that nothing is left running
    try:
        code: int = options.run(options)
    except (StandInUnavailable, PeersUnavailable) as reason:
        sys.stderr.write(f"bench: cannot run here: {reason}\n")
        return UNAVAILABLE
    return code


def _compare(options: argparse.Namespace) -> int:
    if options.quick:
        options.latency_ms, options.rounds, options.payments = [QUICK_MS], 1, QUICK_PAYMENTS
        options.into = options.into.with_name(f"quick-{options.into.name}")  # figures of a busy machine replace none
    session = compare(
        options.contenders,
        options.latency_ms,
        payments=options.payments,
        rounds=options.rounds,
        seed=options.seed,
        settings=_settings(options),
        keep=lambda session: session.save(options.into),
        count=not options.quick,
    )
    wrong = sum(run.wrong for run in session.runs)
    if options.quick:  # its paces say nothing
        payments = sum(run.payments for run in session.runs)
        print(f"bench: {len(session.runs)} contenders, {payments} payments, {wrong} not charged exactly once")
    else:
        sys.stdout.write("\n".join(document.compared(session).values()))
    return WRONG if wrong else 0


def _growth(options: argparse.Namespace) -> int:
    return _keep("growth", growth(options.rounds, options.seed, _settings(options)))


def _latency(options: argparse.Namespace) -> int:
    return _keep("latency", latency(_settings(options), options.rate))


def _enqueue(options: argparse.Namespace) -> int:
    return _keep("enqueue", enqueue(options.rounds))


def _profile(options: argparse.Namespace) -> int:
    return _keep("profile", profile(_settings(options)))


def _keep(name: str, text: str) -> int:
    path = document.part(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    sys.stdout.write(text)
    return 0


def _settings(options: argparse.Namespace) -> dict[str, str]:
    return dict(item.split("=", 1) for item in options.set)


def _lock(_options: argparse.Namespace) -> int:
    lock()
    return 0


def _document(_options: argparse.Namespace) -> int:
    document.write()
    return 0


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in BY_NAME]:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(BY_NAME)}")
    return names


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.benchmarks", description=__doc__)
    parser.add_argument("--payments", type=int, default=20_000, help="per run, of those fast enough")
    parser.add_argument("--contenders", type=_names, default=list(BY_NAME), help=",".join(BY_NAME))
    parser.add_argument("--latency-ms", type=_numbers, default=[0.0, 50.0, 300.0, 1500.0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1, help="of the order of runs")
    parser.add_argument("--quick", action="store_true", help="everybody once, few payments: is each charged once")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of ours, to tune")
    parser.add_argument("--into", type=Path, default=FILE, help="where the figures are kept")
    parser.set_defaults(run=_compare)
    parser.add_argument("--rate", type=float, default=0.0, help="of `latency`, orders/s; 70 %% of capacity otherwise")
    more = parser.add_subparsers(title="further commands, options before them")
    for name, run, meaning in (
        ("growth", _growth, "what a payment costs with more in the queue, and with more in the ledger"),
        ("latency", _latency, "from accept to POST, under load and idle"),
        ("enqueue", _enqueue, "what accepting an order costs its producer"),
        ("profile", _profile, "where a worker's time goes, function by function"),
        ("document", _document, "write what was measured into docs/performance.md"),
        ("lock", _lock, "renew the peers' lock file"),
    ):
        more.add_parser(name, help=meaning).set_defaults(run=run)
    return parser.parse_args(argv)


if __name__ == "__main__":
    raise SystemExit(main())
