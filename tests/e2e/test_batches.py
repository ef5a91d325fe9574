"""Batch files as a user handles them, against a running system: all or none, stopped and let go on, tried again."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from producers.enqueue import Enqueuer
from producers.runtime.ledger.batch_calls import Kept
from tests.e2e.conftest import System
from workers.cli.batches.input import opened
from workers.cli.demo.rows import lines


def batch(tmp_path: Path, prefix: str, rows: int) -> Path:
    path = tmp_path / f"{prefix}.csv"
    path.write_text("".join(lines(rows)).replace("DEMO-", f"{prefix}-"), "utf-8")
    return path


def begin(system: System, name: str, path: Path) -> Kept:
    """What `submit` does before its first order."""
    with opened(str(path), format="csv", mode="test") as file, Enqueuer(system.stage.settings) as enqueuer:
        return enqueuer.begin_batch(name, {**file.survey(lambda _: None).as_fields(), "judged_at": file.now_ms})


def paused(system: System, tmp_path: Path, name: str, rows: int) -> str:
    """A batch of which nothing was sent, because it was paused before it was submitted."""
    path = batch(tmp_path, name, rows)
    begin(system, name, path)
    assert system.run("batch", "pause", name).code == 0
    assert system.run("batch", "submit", "--name", name, str(path)).code == 0
    return str(path)


def test_a_batch_is_submitted_watched_and_reported(system: System, tmp_path: Path) -> None:
    """A file goes in whole, its outcomes are awaited, and the report has the rows of the file in order."""
    path = str(batch(tmp_path, "WHOLE", 40))
    submitted = system.run("batch", "submit", "--json", path)
    watched = system.run("batch", "watch", "--json", path)
    *rows, summary = system.run("batch", "report", "--json", path).records
    assert (submitted.code, submitted.records[0]["accepted"]) == (0, 40)
    assert (watched.code, watched.records[-1]["final"]) == (0, 40)
    assert [row["row"] for row in rows] == list(range(1, 41))
    assert rows[28]["reason"] == "gateway_rejected"
    assert summary == {"rows": 40, "states": {"approved": 36, "declined": 3, "rejected": 1}}


def test_a_batch_submitted_again_accepts_nothing(system: System, tmp_path: Path) -> None:
    """The same file is the same batch, and a no-op."""
    path = str(batch(tmp_path, "AGAIN", 5))
    first, second = (system.run("batch", "submit", "--json", path).records[0] for _ in range(2))
    assert (first["accepted"], second["accepted"], second["known_before"]) == (5, 0, 5)
    assert first["batch"] == second["batch"]
    assert first["manifest"].startswith(first["batch"])


def test_a_batch_with_one_wrong_row_submits_nothing(system: System, tmp_path: Path) -> None:
    """All rows or none: 39 good ones are not accepted beside a bad one, unless that is asked for."""
    path = batch(tmp_path, "NONE", 40)
    path.write_text(path.read_text("utf-8").replace("NONE-000007,258,", "NONE-000007,258.00,"), "utf-8")
    ran = system.run("batch", "submit", "--json", str(path))
    assert (ran.code, ran.records[0]["row"], ran.records[0]["code"]) == (65, 7, "amount_scale")
    states = system.run("batch", "report", "--json", str(path)).records[-1]["states"]
    assert states == {"invalid": 1, "not_submitted": 39}
    told, summary = system.run("batch", "submit", "--json", "--skip-invalid", str(path)).records
    assert (told["row"], summary["accepted"], summary["invalid"], summary["rows"]) == (7, 39, 1, 40)
    assert system.run("batch", "watch", "--json", str(path)).records[-1]["final"] == 39


def test_a_batch_nobody_submitted_cannot_be_watched(system: System, tmp_path: Path) -> None:
    """Watching it says that it is not there instead of waiting for ever."""
    ran = system.run("batch", "watch", "--json", str(batch(tmp_path, "NEVER", 2)))
    assert (ran.code, ran.records[0]["error"]) == (66, "batch_unknown")
    assert system.run("batch", "watch", "--batch", "never").code == 66


def test_an_order_id_that_is_taken_stops_the_whole_batch(system: System, tmp_path: Path) -> None:
    """It is looked up before the first row is accepted; with --skip-invalid the others are."""
    taken = batch(tmp_path, "TAKEN", 3)
    other = tmp_path / "other.csv"
    header, _, second, _ = taken.read_text("utf-8").splitlines()
    other.write_text(f"{header}\n{second.replace('Invoice 2', 'Invoice 7')}\n", "utf-8")
    assert system.run("batch", "submit", str(other)).code == 0
    conflict, refused = system.run("batch", "submit", "--json", str(taken)).records
    assert (conflict["row"], conflict["code"], refused["error"]) == (2, "order_conflict", "batch_invalid")
    *rows, _ = system.run("batch", "report", "--json", str(taken)).records
    assert [row["state"] for row in rows] == ["not_submitted", "conflict", "not_submitted"]
    *_, summary = system.run("batch", "submit", "--json", "--skip-invalid", str(taken)).records
    assert (summary["accepted"], summary["conflicts"]) == (2, 1)


@pytest.mark.parametrize(
    ("options", "env"),
    [
        (("--max-rows", "2"), {}),
        (("--max-total", "EUR=0.99"), {}),
        ((), {"BATCH_ROWS_MAX": "2"}),
        (("--max-total", "EUR=9999999.00,USD=9999999.00"), {"BATCH_TOTAL_MAX": "EUR=0.99"}),
    ],
    ids=["rows", "total", "rows of the settings", "no option loosens a setting"],
)
def test_limits_hold_before_the_first_row(
    system: System, tmp_path: Path, options: tuple[str, ...], env: dict[str, str]
) -> None:
    """A file with one row or one cent too much is refused whole."""
    path = str(batch(tmp_path, "LIMIT", 3))
    ran = system.run("batch", "submit", "--json", *options, path, env=env)
    assert (ran.code, ran.records[0]["error"]) == (65, "batch_over_limit")
    assert system.run("batch", "report", "--json", path).records[-1]["states"] == {"not_submitted": 3}


def test_another_file_under_the_same_name_is_refused(system: System, tmp_path: Path) -> None:
    """The refusal says in what it differs; the same file goes on under its name."""
    path = batch(tmp_path, "NAMED", 4)
    assert system.run("batch", "submit", "--name", "renewals", str(path)).code == 0
    assert system.run("batch", "submit", "--name", "renewals", str(path)).code == 0
    longer = batch(tmp_path, "NAMED", 5)
    ran = system.run("batch", "submit", "--json", "--name", "renewals", str(longer))
    assert (ran.code, ran.records[0]["error"]) == (65, "batch_differs")
    assert "rows 4 before, 5 now" in ran.records[0]["message"]
    assert "the first difference is in rows 1 to 1000" in ran.records[0]["message"]
    assert system.run("batch", "watch", "--json", "--batch", "renewals").records[-1]["rows"] == 4


def test_a_paused_batch_rests_until_it_is_resumed(system: System, tmp_path: Path) -> None:
    """Nothing of it is sent, no claim is used up, and then all of it is."""
    paused(system, tmp_path, "PAUSED", 5)
    rest = system.run("batch", "watch", "--json", "--batch", "PAUSED", "--timeout-s", "1.5")
    assert (rest.code, rest.records[-1]["open"], rest.records[0]["halt"]) == (75, 5, "paused")
    assert [row for row in system.stage.charges() if row["order_id"].startswith("PAUSED-")] == []
    explained = system.run("explain", "--json", "PAUSED-000001").records[-1]
    assert (explained["state"], explained["claims"]) == ("accepted", 0)
    assert explained["next"].startswith("its batch is paused")
    (rehearsed,) = system.run("batch", "resume", "--json", "--dry-run", "PAUSED").records
    assert (rehearsed["affected"], rehearsed["was"]) == (5, "paused")
    resumed = system.run("batch", "resume", "--json", "PAUSED")
    assert (resumed.code, resumed.records[0]["was"]) == (0, "paused")
    assert resumed.records[0]["affected"] <= 5, "workers may have begun before the command counts what it wakes"
    assert system.run("batch", "watch", "--json", "--batch", "PAUSED").records[-1]["final"] == 5


def test_a_cancelled_batch_ends_unsent_and_may_be_tried_again(system: System, tmp_path: Path) -> None:
    """Every row ends as cancelled; the file of failed rows, cards and all, is submitted under new order_ids."""
    path = paused(system, tmp_path, "CANCEL", 5)
    for word, was in (("cancel", "paused"), ("resume", "paused"), ("pause", "paused")):
        (rehearsed,) = system.run("batch", word, "--json", "--dry-run", "CANCEL").records
        assert (rehearsed["affected"], rehearsed["unsent"], rehearsed["was"], rehearsed["dry_run"]) == (5, 5, was, True)
    done = system.run("batch", "cancel", "--json", "CANCEL")
    line = json.loads(done.err.splitlines()[-1])
    assert (line["event"], line["batch_id"], line["count"]) == ("batch_cancelled", "CANCEL", 5)
    assert (done.code, done.records[0]["affected"], done.records[0]["unsent"]) == (0, 5, 0)
    assert system.run("batch", "cancel", "--json", "CANCEL").records[0]["affected"] == 0
    assert [system.run("batch", "resume", "CANCEL", *more).code for more in ((), ("--dry-run",))] == [65, 65]
    refused = system.run("batch", "submit", "--json", "--name", "CANCEL", path).records[0]
    assert refused["error"] == "batch_cancelled"
    again = tmp_path / "again.csv"
    report = system.run("batch", "report", "--failed", str(again), "--suffix", "-r2", path)
    assert (report.code, {row["state"] for row in csv.DictReader(report.out.splitlines())}) == (0, {"cancelled"})
    assert again.stat().st_mode & 0o777 == 0o600
    assert "4111" not in report.out
    assert system.run("batch", "report", "--failed", str(again), "--suffix", "-r2", path).code == 73
    assert system.run("batch", "submit", str(again)).code == 0
    assert system.run("batch", "watch", "--json", str(again)).records[-1]["final"] == 5
    charged = {row["order_id"] for row in system.stage.charges() if row["order_id"].startswith("CANCEL-")}
    assert charged == {f"CANCEL-{number:06d}-r2" for number in range(1, 6)}


def test_only_what_failed_is_tried_again(system: System, tmp_path: Path) -> None:
    """Approved rows are not among them, and the row numbers of the report are those of the file."""
    path = str(batch(tmp_path, "SOME", 40))
    system.run("batch", "submit", path)
    system.run("batch", "watch", path)
    again = tmp_path / "again.csv"
    *rows, summary = system.run("batch", "report", "--json", "--failed", str(again), "--suffix", "-r2", path).records
    failed = [row["order_id"] for row in rows if row["state"] != "approved"]
    assert (len(failed), summary["failed"]) == (4, 4)
    with again.open(encoding="utf-8") as file:
        assert [row["order_id"] for row in csv.DictReader(file)] == [f"{order_id}-r2" for order_id in failed]


def test_a_file_that_exists_is_never_overwritten(system: System, tmp_path: Path) -> None:
    """And no half of a new one is left behind."""
    path = batch(tmp_path, "OVER", 1)
    ran = system.run("batch", "report", "--json", "--failed", str(path), "--suffix", "-r2", str(path))
    assert ran.code == 73
    assert [file.name for file in tmp_path.iterdir()] == ["OVER.csv"]
