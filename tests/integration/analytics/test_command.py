"""`cardinity report` and `cardinity archive export`: what they write, and what they refuse."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import duckdb
import pytest

from producers.errors import ProducerError
from tests.archives import archive_settings, upgraded
from tests.integration.analytics.history import END_MS, History
from tests.integration.analytics.shop import Place, place
from workers.analytics import DatabaseSource, ParquetSource, Report, make_report, read_scope
from workers.analytics import export as exporting
from workers.analytics.formats import as_json, lines, written
from workers.analytics.kept import KEPT
from workers.events.archive.tables import ORDERS

SEPTEMBER = ("--from", "2026-09-01", "--to", "2026-09-30", "--zone", "Europe/Vilnius")
FORMULA = "=cmd()"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A year of a small shop."""
    return place(tmp_path_factory.mktemp("shop"), 1_500)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """September of a shop with a card brand that a spreadsheet would evaluate."""
    history = History(seed=12).draw(1_500)
    for row in history.orders:
        row["card_brand"] = FORMULA
    with upgraded(archive_settings(tmp_path_factory.mktemp("formats"), None)) as archive:
        history.store(archive)
        return make_report(
            DatabaseSource(archive), read_scope({"from": "2026-09-01", "to": "2026-09-30"}, END_MS), END_MS
        )


def test_the_terminal_has_the_totals_and_a_hint(shop: Place) -> None:
    """Within 80 characters, and what is left out can be asked for by name."""
    shown = shop.run("report", *SEPTEMBER).out
    assert shown.startswith("payments, 1 to 30 September 2026, Europe/Vilnius\nTotals\n")
    assert "more: --section" in shown
    assert max(map(len, shown.splitlines())) <= 80
    daily = shop.run("report", *SEPTEMBER, "--section", "daily").out
    assert daily.count("2026-09-30") == 4  # once for each currency


def test_an_empty_period_is_told(shop: Place) -> None:
    """On a terminal in words, for programs in a field."""
    empty = ("--from", "2031-01-01", "--to", "2031-01-01")
    assert shop.run("report", *empty).out == "payments, 1 January 2031, UTC\nnothing happened in this period\n"
    assert shop.record("report", *empty)["empty"] is True


def test_wrong_filters_are_told_at_once(shop: Place) -> None:
    """Every one with its code; the exit code is that of wrong data."""
    told = shop.record("report", "--from", "2026-02-30", "--zone", "Mars", "--currency", "eur", "--account", "?")
    codes = {field["field"]: field["code"] for field in told["fields"]}
    assert codes == {
        "from": "day_format",
        "zone": "zone_unknown",
        "currency": "currency_unknown",
        "account": "account_format",
    }
    assert told["exit_code"] == 65


def test_an_export_is_reported_as_the_archive_is(shop: Place) -> None:
    """The files are the owner's alone, a second export overwrites nothing, and both reports are the same."""
    told = shop.record("archive", "export", "history")
    assert told["orders"] >= 1_500
    assert stat.S_IMODE((shop.directory / "history").stat().st_mode) == 0o700
    assert shop.record("archive", "export", "history")["error"] == "file_exists"
    from_files = shop.record("report", *SEPTEMBER, "--parquet", "history")
    from_archive = shop.record("report", *SEPTEMBER)
    for each in (from_files, from_archive):  # what is open is some milliseconds older in the second
        each["as_of_ms"] = 0
        for row in each["sections"]["unresolved"]:
            row["oldest"] = 0
    assert from_files == from_archive


def test_files_that_are_not_there_are_told(shop: Place) -> None:
    """With a code, and without a statement of ours."""
    told = shop.record("report", "--parquet", "nowhere")
    assert (told["error"], told["exit_code"]) == ("parquet_failed", 65)
    assert "CREATE VIEW" not in told["message"]


def test_a_report_takes_the_place_of_the_last_one(shop: Place) -> None:
    """Its ending says the format; a name without one needs it said."""
    path = shop.directory / "september.html"
    path.write_text("yesterday's")
    assert shop.run("report", *SEPTEMBER, "--output", path.name).code == 0
    assert path.read_text("utf-8").startswith("<!doctype html>")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert shop.run("report", "--output", "september").code == 2
    assert not (shop.directory / "september").exists()


def test_an_export_of_several_files_has_every_row_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one file ends the next goes on, also when the last is just full; progress ends with all of them."""
    monkeypatch.setattr(exporting, "ROWS_PER_FILE", 50)
    progress: list[tuple[int, int]] = []
    history = History(seed=13).draw(150)
    del history.orders[150:]
    with upgraded(archive_settings(tmp_path, None)) as archive:
        history.store(archive)
        exporting.export(archive, tmp_path / "files", lambda done, whole: progress.append((done, whole)))
    names = sorted(path.name for path in (tmp_path / "files").iterdir())
    assert names == ["chargebacks-000001.parquet", *(f"orders-00000{number}.parquet" for number in (1, 2, 3))]
    orders = duckdb.execute(f"FROM read_parquet('{tmp_path}/files/orders-*.parquet')").fetchall()
    kept = [[row[column.name] for column in KEPT[ORDERS]] for row in history.orders]
    assert sorted(map(str, map(list, orders))) == sorted(map(str, kept))
    assert progress[-1] == (150 + len(history.chargebacks),) * 2


def test_an_empty_archive_is_exported_and_reported(tmp_path: Path) -> None:
    """Files without rows are files, and a report of them is empty."""
    with upgraded(archive_settings(tmp_path, None)) as archive:
        assert exporting.export(archive, tmp_path / "files", lambda done, whole: None) == 0
    report = make_report(ParquetSource(tmp_path / "files"), read_scope({}, END_MS), END_MS)
    assert report.is_empty


def test_a_failed_export_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the folder nor a part of it."""
    with upgraded(archive_settings(tmp_path / "state", None)) as archive:
        History(seed=14).draw(50).store(archive)

        def stop(done: int, whole: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            exporting.export(archive, tmp_path / "files", stop)
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_a_csv_has_a_line_for_each_figure_and_no_formula(report: Report) -> None:
    """Its lines are those of `lines`, and a cell that a spreadsheet would evaluate is guarded."""
    header, *rows = csv.reader(written(report, "csv").decode().splitlines())
    assert header == ["section", "currency", "item", "figure", "unit", "value", "rate", "amount"]
    assert len(rows) == len(list(lines(report)))
    brands = {row[2] for row in rows if row[0] == "card_brand"}
    assert "'" + FORMULA in brands
    assert not any(cell.startswith(("=", "@")) for row in rows for cell in row)


def test_a_parquet_file_has_the_same_lines(report: Report, tmp_path: Path) -> None:
    """Whole numbers are whole numbers there, and nothing is nothing."""
    path = tmp_path / "report.parquet"
    path.write_bytes(written(report, "parquet"))
    assert duckdb.execute(f"FROM read_parquet('{path}')").fetchall() == list(lines(report))


def test_json_has_money_as_text_and_in_minor_units(report: Report) -> None:
    """Each by the decimals of its currency."""
    told = json.loads(written(report, "json"))
    assert told == json.loads(json.dumps(as_json(report)))
    totals = {row["currency"]: row for row in told["sections"]["totals"] if row["period"] == "this"}
    for currency, decimals in (("EUR", 2), ("JPY", 0), ("KWD", 3)):
        minor = totals[currency]["taken_minor"]
        assert float(totals[currency]["taken"]) == pytest.approx(minor / 10**decimals)
        assert len(totals[currency]["taken"].partition(".")[2]) == decimals


def test_without_duckdb_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Reports from the database need nothing; those from files say what to install."""
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(ProducerError, match=r"cardinity-batch\[reports\]") as missing, ParquetSource(tmp_path).asked():
        pass
    assert missing.value.code == "extra_missing"
