"""The documents say what the code does: every name in them exists, every table in them is the code's own."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import PurePath

import click
import pytest
from dramatiq.cli import make_argument_parser

from producers.contract.commands import BATCH_COLUMNS
from producers.runtime.durability import check_durability
from producers.runtime.metrics_table import METRICS
from producers.runtime.settings_table import FILE_SUFFIX, settings_table
from tests.chaos.scenes import ASKED, SCENES
from tests.house.documents import MARKED, TABLES, documents, fenced, filled, spans
from tests.house.promql import SUFFIXES
from tests.house.tree import files, hold, module, text
from workers.cli import main

#: Files that are named because they are not there: what a decision was made against.
NOT_OURS = {"uv.lock", "pylock.toml"}
#: Commands of the operator that runbooks name already. Whoever brings one takes it from here.
ANNOUNCED = {"account", "breaker", "parked", "quarantine"}
#: Names in capitals that are no settings of ours: a placeholder, the Makefile's, the kernel's.
NOT_SETTINGS = {"NAME_FILE", "DEMO_PAYMENTS", "SO_LINGER", "TCP_USER_TIMEOUT", "SIGKILL", "SIGTERM"}
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
            for wrong in _unknown_words(line)
        ),
    )


def test_what_is_announced_is_not_there_yet() -> None:
    """A command that has come is checked as any."""
    assert not ANNOUNCED & {*main.list_commands(click.Context(main))}


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
    """The README lists the columns of a batch file in our order."""
    assert ",".join(BATCH_COLUMNS) in text("README.md")


def test_the_demo_that_is_shown_went_well() -> None:
    """The picture of the demo ends with the promised line, nothing lost, nothing doubled."""
    shown = re.search(r"<!-- demo -->\n```[a-z]*\n(.*?)```\n<!-- /demo -->", text("README.md"), re.DOTALL)
    assert shown and DEMO_LINE.fullmatch(shown[1].rstrip().rpartition("\n")[2])


def test_stopping_takes_no_longer_than_supervisors_wait() -> None:
    """Shutdown setting < Dramatiq's own timeout < systemd's, in the Procfile and in the sample alike."""
    (unit,) = fenced("docs/operations.md", "ini")
    stop_s = int(re.findall(r"TimeoutStopSec=(\d+)", unit)[0])
    (row,) = (row for row in settings_table() if row.env == "SHUTDOWN_TIMEOUT_S")
    lines = [line for line in fenced("docs/operations.md", "sh") if line.startswith("dramatiq")]
    assert lines
    for line in (unit, text("Procfile"), *lines):
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


def _unknown_words(line: str) -> Iterator[str]:
    words = [word for word in shlex.split(line, comments=True) if not re.match(r"[A-Z_]+=", word)]
    match words:
        case ["make", *targets]:
            known = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
            yield from (target for target in targets if target not in known)
        case ["cardinity", name, *_] if name in ANNOUNCED:
            pass
        case ["cardinity", *rest]:
            yield from _unknown_to_cardinity(rest)
        case ["dramatiq", *rest]:
            make_argument_parser().parse_args(rest)  # type: ignore[no-untyped-call]  # exits when it cannot
        case _:
            yield "is no command that is checked"


def _unknown_to_cardinity(words: list[str]) -> Iterator[str]:
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, *words = words
        found = command.get_command(click.Context(command), name)
        if found is None:
            yield name
            return
        command = found
    options = (option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts))
    known = {*options, "--help"}
    yield from (word for word in words if word.startswith("--") and word.partition("=")[0] not in known)


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
