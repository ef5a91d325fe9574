"""Effects have doors: the environment is read at the border, and only a command line prints."""

import ast
from pathlib import PurePath

from tests.house.tree import calls, hold, module, product

#: Where a process starts: it reads the environment, prints, and starts other processes.
ENTRY_POINTS = (
    "workers/main.py",
    "workers/process.py",
    "workers/cli/*.py",
    "workers/cli/*/*.py",
    "cardinity_client/sandbox/__main__.py",
)
#: A settings module names the variables of its package.
SETTINGS = ("settings.py",)
ENVIRONMENT = {"environ", "environb", "getenv", "putenv", "unsetenv"}


def test_the_environment_is_read_at_the_border() -> None:
    """No module but settings and process entry points touches os.environ."""
    hold(
        "Take the value as an argument: the composition root reads the environment once and hands it down.",
        (
            f"{path}:{node.lineno}"
            for path in product()
            if path.endswith(".py") and not _is(path, ENTRY_POINTS + SETTINGS)
            for node in ast.walk(module(path))
            if isinstance(node, ast.ImportFrom | ast.Attribute) and _is_environment(node)
        ),
    )


def test_only_a_command_line_prints() -> None:
    """No module but process entry points writes to stdout or stderr."""
    hold(
        "Log a past-tense event with fields, or report through a hook; stdout belongs to the command.",
        (
            f"{path}:{line}: {name}"
            for path in product()
            if path.endswith(".py") and not _is(path, ENTRY_POINTS)
            for line, name, _ in calls(path)
            if name in {"print", "sys.stdout.write", "sys.stderr.write", "rich.print", "click.echo"}
        ),
    )


def _is(path: str, patterns: tuple[str, ...]) -> bool:
    return any(PurePath(path).match(pattern) for pattern in patterns)


def _is_environment(node: ast.ImportFrom | ast.Attribute) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and bool(ENVIRONMENT & {alias.name for alias in node.names})
    return node.attr in ENVIRONMENT and ast.unparse(node.value) == "os"
