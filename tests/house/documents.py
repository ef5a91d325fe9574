"""The documents, and what in them is made from the code: `python -m tests.house.documents` writes that.

A table stands between `<!-- table: name -->` and `<!-- /table -->`; everything else is written by people.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePath

from deploy.grafana.boards import BOARDS
from deploy.grafana.shape import rendered
from producers.contract.states import STATES
from producers.runtime.metrics_table import METRICS
from producers.runtime.metrics_table import Row as Metric
from producers.runtime.settings import Settings
from producers.runtime.settings_table import settings_markdown
from tests.benchmarks.scaling import hosts_table, memory_table
from tests.house.asyncapi import document as asyncapi
from tests.house.command_reference import command_reference
from tests.house.error_codes import codes
from tests.house.openapi import document as openapi
from tests.house.tree import ROOT, files, text
from tests.house.watching.alerts import alerts
from tests.house.watching.panels import FOLDER
from tests.inputs.fuzz.parsers import PARSERS
from tests.inputs.table import DOORS
from tests.rules.mutants import Mutant
from tests.rules.table import MUTANTS
from workers.analytics.sections import Unit
from workers.analytics.shapes import SHAPES
from workers.cli.program import COMMANDS
from workers.cli.shell.exit_codes import MEANINGS

MARKED = re.compile(r"(<!-- table: ([a-z-]+) -->\n)(.*?)(<!-- /table -->)", re.DOTALL)
FENCED = re.compile(r"^```([a-z]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: `code` in running text.
SPAN = re.compile(r"`([^`]+)`")


def documents() -> tuple[str, ...]:
    """What people read: README, CONTRIBUTING, docs/, the decisions and the runbooks."""
    read = r"(README|CONTRIBUTING|docs/.*|deploy/(decisions|runbooks)/.*)\.md"
    return tuple(path for path in files() if re.fullmatch(read, path))


def fenced(path: str, language: str) -> list[str]:
    """The code blocks of that language, in order."""
    return [code for given, code in FENCED.findall(text(path)) if given == language]


def spans(path: str) -> Iterator[tuple[int, str]]:
    """Every `code` outside blocks and tables made from code, with its line."""
    plain = FENCED.sub(_blank, MARKED.sub(_blank, text(path)))
    for match in SPAN.finditer(plain):
        yield plain.count("\n", 0, match.start()) + 1, " ".join(match[1].split())


def filled(path: str) -> str:
    """The document with its tables as the code has them now."""
    return MARKED.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}{found[4]}", text(path))


def _blank(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _alerts() -> str:
    """What wakes somebody; its runbook as docs/operations.md reaches it."""
    return _table(
        ("alert", "wakes by", "tells", "runbook"),
        (
            (
                f"`{alert.name}`",
                alert.severity,
                re.sub(r"\{\{.*?\}\}", "…", alert.told),
                f"[{PurePath(alert.runbook).stem}](../{alert.runbook})",
            )
            for alert in alerts()
        ),
    )


def _bad_inputs() -> str:
    """What `make inputs` and `make fuzz` throw, counted."""
    rows = sum(len(door.rows) for door in DOORS)
    return _table(
        ("what", "how many", "which"),
        iter(
            [
                ("hand-made bad inputs", f"{rows:,}", "their tables are in `tests/inputs/doors/`"),
                ("doors", f"{len(DOORS)}", ", ".join(door.name for door in DOORS)),
                ("parsers that are fuzzed", f"{len(PARSERS)}", ", ".join(sorted(PARSERS))),
            ]
        ),
    )


def _commands() -> str:
    return _table(("command", "what it does"), ((f"`cardinity {name}`", told) for name, (_, told) in COMMANDS.items()))


def _exit_codes() -> str:
    return _table(("code", "meaning"), ((str(int(code)), told) for code, told in MEANINGS.items()))


def _error_codes() -> str:
    return _table(
        ("code", "about", "what is said"),
        ((f"`{code.name}`", ", ".join(code.rooms), _escaped("; ".join(code.messages) or "…")) for code in codes()),
    )


def _escaped(words: str) -> str:
    return words.replace("|", "\\|").replace("<", "\\<").replace("\n", " ")


def _metrics() -> str:
    return _table(
        ("metric", "type", "labels", "meaning"),
        ((f"`{row.name}`", row.kind, _labels(row), row.help) for row in METRICS),
    )


def _mutants() -> str:
    return _table(
        ("rule", "without it", "changed in", "harm"),
        ((each.rule, each.sentence, ", ".join(_files_of(each)), each.harm.value) for each in MUTANTS),
    )


def _files_of(each: Mutant) -> list[str]:
    return sorted({f"`{change.file}`" for change in each.changes})


def _labels(row: Metric) -> str:
    return "; ".join(
        f"`{name}`" if values is STATES else f"`{name}`: {', '.join(values)}" for name, values in row.labels
    ).replace("<", "\\<")


def _report_figures() -> str:
    """Every figure of a report, by section."""
    return _table(
        ("section", "figure", "what it is"),
        (
            (f"`{shape.name}`", f"`{column.name}`", column.meaning)
            for shape in SHAPES
            for column in shape.columns
            if column.unit is not Unit.NAME
        ),
    )


def _horizon() -> str:
    """The sum behind H, with the defaults."""
    s = Settings.from_environ({"HOME": "/"})
    late_s, seen_s = s.tcp_user_timeout_s + s.gateway_late_s, s.list_lag_s + s.absence_margin_s
    return _table(
        ("", "default", "what it bounds"),
        iter(
            [
                (
                    "D = `ATTEMPT_DEADLINE_S` + `WATCHDOG_S`",
                    f"{s.attempt_window_s:g} s",
                    "from the intent to the last byte its worker can send, even if it was frozen",
                ),
                (
                    "L = `TCP_USER_TIMEOUT_S` + `GATEWAY_LATE_S`",
                    f"{late_s:g} s",
                    "from there to the last moment at which the gateway may still charge",
                ),
                (
                    "lambda = `LIST_LAG_S` + `ABSENCE_MARGIN_S`",
                    f"{seen_s:g} s",
                    "from there until the charge must be in the list, and some spare time",
                ),
                (
                    "H = `ABSENCE_HORIZON_S`",
                    f"{s.absence_horizon_s:g} s",
                    f"at least their sum, {s.absence_bound_s:g} s; the boot refuses less",
                ),
            ]
        ),
    )


#: By the name in the marker.
TABLES: Mapping[str, Callable[[], str]] = {
    "alerts": _alerts,
    "bad-inputs": _bad_inputs,
    "command-reference": command_reference,
    "commands": _commands,
    "error-codes": _error_codes,
    "exit-codes": _exit_codes,
    "horizon": _horizon,
    "metrics": _metrics,
    "mutants": _mutants,
    "report-figures": _report_figures,
    "scaling-hosts": hosts_table,
    "scaling-memory": memory_table,
    "settings": settings_markdown,
}


#: What Redis loads, so that nobody copies lines out of a document: each file with how its block begins.
ACL_PATH, SENTINEL_ACL_PATH = "deploy/redis/users.acl", "deploy/redis/sentinel-users.acl"
ACLS: Mapping[str, str] = {ACL_PATH: "user default off", SENTINEL_ACL_PATH: "user sentinel"}


def access_rules(path: str) -> str:
    """The users of Redis of that file, as docs/operations.md explains them."""
    (block,) = (block for block in fenced("docs/operations.md", "") if block.startswith(ACLS[path]))
    return block


if __name__ == "__main__":
    for document in documents():
        (ROOT / document).write_text(filled(document), "utf-8")
    for path in ACLS:
        (ROOT / path).write_text(access_rules(path), "utf-8")
    for board in BOARDS:
        (ROOT / FOLDER / f"{board.name}.json").write_text(rendered(board), "utf-8")
    (ROOT / asyncapi.PATH).write_text(asyncapi.rendered(), "utf-8")
    (ROOT / openapi.PATH).write_text(openapi.rendered(), "utf-8")
