"""`python -m tests.redis_faults`: everything that Redis may do to us, so many times; one table in the end.

Exit 1 when a confirmed order was lost or doubled, or when a control (the same without its protection) did no harm, so
that the campaign beside it would show nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from tests.redis_faults.campaign import Campaign, Tally, shown
from tests.redis_faults.table import CAMPAIGNS, ROUNDS

#: Seconds between two lines of progress.
SAY_EVERY_S = 10.0


def main(argv: Sequence[str] | None = None) -> int:
    """Play them one after the other."""
    options = _parser().parse_args(argv)
    chosen = [each for each in CAMPAIGNS if not options.only or any(name in each.name for name in options.only)]
    if options.list:
        for each in CAMPAIGNS:
            print(f"{each.name:28}{each.says}")
        return 0
    ends = [_played(each, round(getattr(options, each.option) * each.share)) for each in chosen]
    print(f"\n{'campaign':28}{'rounds':>7}{'accepted':>9}{'lost':>6}{'doubled':>8}{'seconds':>8}  verdict")
    for each, tally, seconds, verdict in ends:
        figures = f"{tally.rounds:7}{tally.accepted:9}{len(tally.lost):6}{len(tally.doubled):8}{seconds:8.0f}"
        print(f"{each.name:28}{figures}  {verdict}")
        for line in shown(tally):
            print(line)
    missing = [f"{each.name} ({verdict})" for each, _, _, verdict in ends if verdict.startswith("not run")]
    print(f"\n{len(ends)} campaigns, {len(missing)} not run here{': ' if missing else ''}{', '.join(missing)}")
    return 0 if all(verdict.startswith(("ok", "not run")) for *_, verdict in ends) else 1


def _played(campaign: Campaign, rounds: int) -> tuple[Campaign, Tally, float, str]:
    if reason := campaign.need():
        print(f"{campaign.name}: not run: {reason}", flush=True)
        return campaign, Tally(), 0.0, f"not run: {reason}"
    began = said_at = time.monotonic()

    def progress(tally: Tally) -> None:
        nonlocal said_at
        if time.monotonic() - said_at > SAY_EVERY_S:
            said_at = time.monotonic()
            figures = f"{tally.accepted} accepted, {len(tally.lost)} lost, {len(tally.doubled)} doubled"
            print(f"{campaign.name}: {tally.rounds} of {rounds}, {figures}", flush=True)

    with tempfile.TemporaryDirectory() as directory:
        try:
            tally = campaign.play(rounds, Path(directory), progress)
            verdict = campaign.verdict(tally)
        except Exception as error:  # one campaign that breaks must not cost the figures of the others
            traceback.print_exc()
            tally, verdict = Tally(), f"BROKEN: {type(error).__name__}"
    seconds = time.monotonic() - began
    print(f"{campaign.name}: {tally.rounds} rounds in {seconds:.0f} s: {verdict}", flush=True)
    return campaign, tally, seconds, verdict


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.redis_faults", description=__doc__)
    for name, (count, says) in ROUNDS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=count, help=f"{says} [{count}]")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="campaigns with this in their name")
    parser.add_argument("--list", action="store_true", help="name them and play none")
    return parser


if __name__ == "__main__":
    sys.exit(main())
