"""The documents say what the code does: every name in them exists, every table in them is the code's own."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

import pytest

from producers.contract.commands import BATCH_COLUMNS
from producers.runtime.durability import check_durability
from producers.runtime.metrics_table import METRICS
from producers.runtime.settings_table import FILE_SUFFIX, settings_table
from tests.chaos.scenes import ASKED, SCENES
from tests.house.command_lines import unknown_words
from tests.house.documents import MARKED, TABLES, documents, fenced, filled, spans
from tests.house.tree import files, hold, module, text
from tests.house.watching.promql import SUFFIXES

#: Files that are named because they are not there: what a decision was made against.
NOT_OURS = {"uv.lock", "pylock.toml"}
#: Names in capitals that are no settings of ours: a placeholder, the Makefile's, the kernel's.
NOT_SETTINGS = {"NAME_FILE", "DEMO_PAYMENTS", "SO_LINGER", "TCP_USER_TIMEOUT", "SIGKILL", "SIGTERM"}
#: OpenTelemetry's own, which it reads by itself.
NOT_SETTINGS |= {"OTEL_BSP_SCHEDULE_DELAY", "OTEL_SERVICE_NAME", "OTEL_TRACES_SAMPLER", "OTEL_EXPORTER_OTLP_ENDPOINT"}
#: The promised last line of a demo in which nothing went wrong.
DEMO_LINE = re.compile(
    r"demo: \d+ accepted, \d+ approved, \d+ declined, \d+ rejected, \d+ not charged, 0 unknown, \d+ parked,"
    r" 0 lost, 0 duplicate charges, [\d.]+ s"
)


def test_every_table_is_the_codes_own() -> None:
    """Commands, exit codes, metrics, settings and the sum behind H read as the code has them."""
    hold(
        "Tables between markers are made from the code: `python -m tests.house.documents` writes them.",
        (path for path in documents() if text(path) != filled(path)),
    )


def test_every_table_is_in_one_document() -> None:
    """Each table that can be made stands in exactly one place."""
    assert sorted(TABLES) == sorted(name for path in documents() for _, name, *_ in MARKED.findall(text(path)))


def test_every_command_exists() -> None:
    """Every `make`, `cardinity` and `dramatiq` line names targets, commands and options that there are."""
    hold(
        "A reader types what stands here. Mend the line, or the command.",
        (
            f"{path}: {line}: {wrong}"
            for path in documents()
            for line in _command_lines(path)
            for wrong in unknown_words(line)
        ),
    )


def test_every_file_that_is_named_exists() -> None:
    """A path, or the end of one, is that of a file or folder of the tree; `file::test` is a test in it."""
    hold(
        "The house was rebuilt and its map was not.",
        (
            f"{path}:{line}: {name}"
            for path in documents()
            for line, name in spans(path)
            if _is_path(name) and name not in NOT_OURS and not _is_in_tree(name)
        ),
    )


def test_every_setting_that_is_named_exists() -> None:
    """What is written in capitals is a setting."""
    known = {row.env for row in settings_table()} | {row.env + FILE_SUFFIX for row in settings_table() if row.twin}
    hold(
        "There is no such setting.",
        (
            f"{path}:{line}: {name}"
            for path in documents()
            for line, code in spans(path)
            for name in re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", code)
            if name not in known | NOT_SETTINGS
        ),
    )


def test_every_metric_that_is_named_exists() -> None:
    """A name that begins with our prefix is in the table of metrics."""
    known = {row.name for row in METRICS}
    hold(
        "There is no such metric.",
        (
            f"{path}:{line}: {name}"
            for path in documents()
            for line, code in spans(path)
            for name in re.findall(r"\bcardinity_[a-z_]+\b", code)
            if name not in known | {"cardinity_client"} and not name.endswith(SUFFIXES)
        ),
    )


def test_every_scene_that_is_named_is_played() -> None:
    """The table of crash points names the scenes of the chaos suite, all of them."""
    told = re.findall(r"scenes? ((?:`[a-z-]+`(?:, )?)+)", text("docs/architecture.md"))
    named = {name for names in told for name in re.findall(r"`([a-z-]+)`", names)}
    assert named == {scene.name for scene in (*SCENES, ASKED)}


def test_the_columns_of_a_batch_are_told() -> None:
    """docs/batches.md lists the columns of a batch file in our order."""
    assert ",".join(BATCH_COLUMNS) in text("docs/batches.md")


def test_the_demo_that_is_shown_went_well() -> None:
    """The picture of the demo ends with the promised line, nothing lost, nothing doubled."""
    shown = re.search(r"<!-- demo -->\n```[a-z]*\n(.*?)```\n<!-- /demo -->", text("README.md"), re.DOTALL)
    assert shown and DEMO_LINE.fullmatch(shown[1].rstrip().rpartition("\n")[2])


def test_stopping_takes_no_longer_than_supervisors_wait() -> None:
    """Shutdown setting < Dramatiq's own timeout < systemd's, in the Procfile and in the documents alike."""
    (stop_s,) = map(
        int, re.findall(r"^TimeoutStopSec=(\d+)", text("deploy/systemd/cardinity-worker.service"), re.MULTILINE)
    )
    (row,) = (row for row in settings_table() if row.env == "SHUTDOWN_TIMEOUT_S")
    lines = [line for line in fenced("docs/operations.md", "sh") if line.startswith("dramatiq")]
    assert lines
    for line in (text("Procfile"), *lines):
        (timeout_ms,) = map(int, re.findall(r"--worker-shutdown-timeout (\d+)", line))
        assert float(row.default or 0) < timeout_ms / 1000 < stop_s


def test_what_redis_must_be_told_is_what_the_boot_checks() -> None:
    """The sample configuration passes the check that every worker makes."""
    (sample,) = (block for block in fenced("docs/operations.md", "") if block.startswith("appendonly"))
    config = dict(line.split() for line in sample.splitlines())
    assert not check_durability({}, config, replicas_required=0)


@pytest.mark.parametrize("path", [path for path in files() if path.startswith("deploy/decisions/")])
def test_a_decision_is_told_in_five_parts(path: str) -> None:
    """A decision record has its number, and says what lost, what it costs and when to reconsider."""
    number = PurePath(path).name[:4]
    assert text(path).startswith(f"# {int(number)}. ")
    parts = re.findall(r"^\*\*([A-Z][a-z ]+?)\.?\*\*", text(path), re.MULTILINE)
    told = [part for part in parts if part != "Measured"]
    assert told == ["Problem", "Decision", "Lost because", "Costs", "Reconsider"]


def _command_lines(path: str) -> Iterator[str]:
    for block in fenced(path, "sh"):
        yield from (line for line in block.splitlines() if line.strip())
    for _, code in spans(path):
        if code.startswith(("make ", "cardinity ", "dramatiq ")) or " make " in code:
            yield code


def _is_path(name: str) -> bool:
    place = name.partition("::")[0]
    return bool(re.fullmatch(r"[\w.-]+(/[\w.-]+)*(\.(py|lua|md|yaml|toml|lock|csv)|/)", place))


def _is_in_tree(name: str) -> bool:
    place, _, test = name.partition("::")
    if place.endswith("/"):
        return any(f"/{place}" in f"/{path}" for path in files())
    found = [path for path in files() if f"/{path}".endswith(f"/{place}")]
    return any(not test or test in _functions(path) for path in found)


def _functions(path: str) -> set[str]:
    return {node.name for node in ast.walk(module(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
