"""What docs/reports.md tells a reader to type works, in order, in a shop that has an archive."""

from pathlib import Path

from tests.house.documents import fenced
from tests.house.tree import ROOT
from tests.house.typed import run_program
from tests.integration.analytics.shop import place


def test_every_line_of_the_document_runs(tmp_path: Path) -> None:
    """Commands end well, files are there afterwards, and the Python prints what its comment says."""
    shop = place(tmp_path, 300)
    for line in fenced("docs/reports.md", "sh")[0].splitlines():
        done = shop.run(*line.partition(" #")[0].split()[1:])
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    assert all((tmp_path / f"september.{ending}").stat().st_size for ending in ("html", "csv", "parquet"))
    (code,) = fenced("docs/reports.md", "python")
    run_program(code, env=shop.env | {"PYTHONPATH": str(ROOT)}, cwd=tmp_path)
