"""What docs/reports.md tells a reader to type works, in order, in a shop that has an archive."""

import subprocess
import sys
from pathlib import Path

from tests.house.documents import fenced
from tests.house.tree import ROOT
from tests.integration.analytics.shop import place


def test_every_line_of_the_document_runs(tmp_path: Path) -> None:
    """Commands end well, files are there afterwards, and the Python prints what its comment says."""
    shop = place(tmp_path, 300)
    for line in fenced("docs/reports.md", "sh")[0].splitlines():
        done = shop.run(*line.partition(" #")[0].split()[1:])
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    assert all((tmp_path / f"september.{ending}").stat().st_size for ending in ("html", "csv", "parquet"))
    (code,) = fenced("docs/reports.md", "python")
    env = shop.env | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "30 15\n", "")
