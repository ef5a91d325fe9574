"""`python -m tests.campaign --seed S --payments N`: one run under the faults of that seed, and the verdict on it."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from tests.campaign.catalogue.points import counted
from tests.campaign.catalogue.table import BY_NAME, CATALOGUE
from tests.campaign.draw import draw
from tests.campaign.fault import FAMILIES, Fault
from tests.campaign.handing import hand_on
from tests.campaign.playing import play
from tests.campaign.shrink import shrink
from tests.campaign.telling import told


def main(argv: list[str] | None = None) -> int:
    """0 when nothing was broken, 1 when something was, and then also the command that shows it with the least."""
    options = _parser().parse_args(argv)
    if options.list:
        _list()
        return 0
    faults = _named(options.faults) if options.faults is not None else draw(options.seed, CATALOGUE)
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # so that nothing is left running
    outcome = play(options.seed, options.payments, faults, keep=options.keep)
    print(told(outcome), flush=True)
    if options.outcome:
        hand_on(outcome, options.outcome)
    if outcome.passed:
        return 0
    if options.shrink and faults:
        least = shrink(faults, lambda fewer: not play(options.seed, options.payments, fewer).passed)
        names = ",".join(fault.name for fault in least)
        print(
            f"smallest: python -m tests.campaign --seed {options.seed} --payments {options.payments} --faults {names}"
        )
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests.campaign", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides the faults and everything they do")
    parser.add_argument("--payments", type=int, default=500)
    parser.add_argument("--faults", metavar="NAME,NAME", help="exactly these; <crash point's>x8: 8 blows")
    parser.add_argument("--list", action="store_true", help="print the catalogue and what this machine cannot make")
    parser.add_argument("--shrink", action="store_true", help="replay a failing run with ever fewer faults")
    parser.add_argument("--keep", metavar="DIR", help="leave logs and files of the run there")
    parser.add_argument("--outcome", type=Path, metavar="FILE", help="leave what came of the run there, for a soak")
    return parser


def _named(names: str) -> tuple[Fault, ...]:
    wanted = {name: BY_NAME.get(name) or counted(name) for name in names.split(",") if name}
    if unknown := [name for name, fault in wanted.items() if fault is None]:
        raise SystemExit(f"no such fault: {', '.join(unknown)}; --list names them all")
    return tuple(fault for fault in wanted.values() if fault)


def _list() -> None:
    lacking = {fault.name: reason for fault in CATALOGUE if (reason := fault.need())}
    for family in FAMILIES:
        members = [fault for fault in CATALOGUE if fault.family == family]
        print(f"{family}: {len(members)}")
        for fault in members:
            print(
                f"  {fault.name:28} {fault.says}", f"[not here: {lacking[fault.name]}]" if fault.name in lacking else ""
            )
    print(f"{len(CATALOGUE)} faults, {len(lacking)} of them cannot be made on this machine")


if __name__ == "__main__":
    sys.exit(main())
