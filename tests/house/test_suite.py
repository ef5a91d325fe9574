"""How tests are written: each states a fact, none is left out, none waits by the clock."""

import ast
from collections.abc import Iterator

from tests.house.tree import calls, hold, module, suite, text

#: How pytest is told to leave a test out.
LEAVING_OUT = frozenset({"skip", "skipif", "xfail", "importorskip"})
#: The one place that may sleep; it bounds every wait.
WAITING_ROOM = "tests/eventually.py"
#: Where the loop's clock is turned by the simulation itself, so that a sleep there is a wish and takes no time.
VIRTUAL_TIME = "tests/simulation/"


def test_every_test_states_its_fact() -> None:
    """Every test opens with a one-sentence docstring."""
    hold(
        "Say in one sentence what is true when this test is green.",
        (
            f"{path}:{node.lineno}: {node.name}"
            for path in suite()
            for node in _tests(module(path))
            if not (ast.get_docstring(node) or "").rstrip().endswith(".")
        ),
    )


def test_no_test_is_left_out() -> None:
    """Nothing is skipped or expected to fail: Valkey is embedded, so there is no excuse."""
    hold(
        "Mend it, or delete it and file the gap. A test that does not run shows nothing.",
        (
            f"{path}:{node.lineno}: pytest.{node.attr}"
            for path in suite()
            if any(word in text(path) for word in LEAVING_OUT)
            for node in ast.walk(module(path))
            if isinstance(node, ast.Attribute)
            and node.attr in LEAVING_OUT
            and ast.unparse(node.value) in {"pytest", "pytest.mark"}
        ),
    )


def test_no_test_sleeps() -> None:
    """Logic runs on a manual clock; waiting for another process goes through `eventually`."""
    hold(
        f"Turn the manual clock, or wait for a fact with {WAITING_ROOM}: bounded, and it says for what.",
        (
            f"{path}:{line}: {name}"
            for path in suite()
            if path != WAITING_ROOM and "sleep" in text(path)
            for line, name, call in calls(path)
            if name == "time.sleep" or (name == "asyncio.sleep" and not _yields_only(call) and VIRTUAL_TIME not in path)
        ),
    )


def _tests(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def _yields_only(call: ast.Call) -> bool:
    return [ast.unparse(argument) for argument in call.args] == ["0"]
