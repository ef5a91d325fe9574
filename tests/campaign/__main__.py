"""`python -m tests.campaign --seed S --payments N`: one run under the faults of that seed, and the verdict on it."""

from __future__ import annotations

import argparse
import sys

from tests.campaign.catalogue import BY_NAME, CATALOGUE
from tests.campaign.draw import draw
from tests.campaign.fault import FAMILIES, Fault
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
    outcome = play(options.seed, options.payments, faults, keep=options.keep)
    print(told(outcome), flush=True)
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
    parser.add_argument("--faults", metavar="NAME,NAME", help="exactly these instead of those of the seed")
    parser.add_argument("--list", action="store_true", help="print the catalogue and what this machine cannot make")
    parser.add_argument("--shrink", action="store_true", help="replay a failing run with ever fewer faults")
    parser.add_argument("--keep", metavar="DIR", help="leave logs and files of the run there")
    return parser


def _named(names: str) -> tuple[Fault, ...]:
    wanted = [name for name in names.split(",") if name]
    if unknown := [name for name in wanted if name not in BY_NAME]:
        raise SystemExit(f"no such fault: {', '.join(unknown)}; --list names them all")
    return tuple(BY_NAME[name] for name in wanted)


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
