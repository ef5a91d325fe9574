"""What docs/reports.md tells a reader to type works, in order, in a shop that has an archive."""

from pathlib import Path

from tests.commands import Commands
from tests.house.documents import fenced
from tests.house.tree import ROOT
from tests.house.typed import run_line, run_program
from tests.integration.analytics.shop import place


def test_every_line_of_the_document_runs(commands: Commands, tmp_path: Path) -> None:
    """Commands end well, files are there afterwards, and the Python prints what its comment says."""
    shop = place(tmp_path, 300)
    for line in fenced("docs/reports.md", "sh")[0].splitlines():
        run_line(commands, line, env=shop.env, cwd=tmp_path)
    assert all((tmp_path / f"september.{ending}").stat().st_size for ending in ("html", "csv", "parquet"))
    (code,) = fenced("docs/reports.md", "python")
    run_program(code, env=shop.env | {"PYTHONPATH": str(ROOT)}, cwd=tmp_path)
