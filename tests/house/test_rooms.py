"""One idea per file, one thing per function, names that say which."""

import ast
from pathlib import PurePath

from tests.house.tree import files, hold, module, product, text

#: Lines of a file. Most need 60-200; what needs more holds two ideas.
FILE_LINES_MAX = 300
#: Lines of a function, signature and docstring included. Most need fewer than 15.
FUNCTION_LINES_MAX = 70
#: Names that say "anything may be in here", so that soon anything is.
NAMELESS = {"utils", "util", "common", "helpers", "helper", "misc", "shared", "base", "lib"}


def test_no_file_is_longer_than_the_wall() -> None:
    """A Python or Lua file has at most 300 lines."""
    hold(
        f"Is it one idea? Over {FILE_LINES_MAX} lines a file wants to be two: name the second idea.",
        (
            f"{path}: {lines} lines"
            for path in files()
            if path.endswith((".py", ".lua")) and (lines := text(path).count("\n")) > FILE_LINES_MAX
        ),
    )


def test_no_function_is_longer_than_a_screen() -> None:
    """A function has at most 70 lines."""
    hold(
        f"Over {FUNCTION_LINES_MAX} lines a function does several things: give each a name of its own.",
        (
            f"{path}:{node.lineno}: {node.name}, {lines} lines"
            for path in files()
            if path.endswith(".py")
            for node in ast.walk(module(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
        ),
    )


def test_no_room_is_called_anything() -> None:
    """No file or folder of the product or the suite is a `utils`, `common` or `helpers`."""
    hold(
        "Name the idea, not the heap: who reads the name must know what is inside, and what must not be.",
        (path for path in files() if path.endswith((".py", ".lua")) and NAMELESS & {*_names(path)}),
    )


def test_every_folder_of_modules_is_a_package() -> None:
    """Every folder of the product that holds Python files has an `__init__`."""
    folders = {str(PurePath(path).parent) for path in product() if path.endswith(".py")}
    hold(
        "Without an `__init__` the import contracts do not look inside: give it one, with a docstring.",
        sorted(folder for folder in folders if f"{folder}/__init__.py" not in files()),
    )


def test_every_room_says_what_it_is() -> None:
    """Every module of the product opens with a docstring."""
    hold(
        "Say what this room is, and what it must not do, in a docstring at the top.",
        (path for path in product() if path.endswith(".py") and not ast.get_docstring(module(path))),
    )


def _names(path: str) -> tuple[str, ...]:
    pure = PurePath(path)
    return (*pure.parts[:-1], pure.stem)
