"""A package's `__init__` is its door: it re-exports, and `__all__` says what."""

import ast
from collections.abc import Iterator

from tests.house.tree import hold, module, product


def test_all_names_exactly_what_a_package_exports() -> None:
    """`__all__` of a package equals the public names its `__init__` imports."""
    hold(
        "What `__init__` imports is public and stands in `__all__`; the rest is imported from its own room.",
        (
            f"{path}: not in __all__ {sorted(public - declared)}, not imported {sorted(declared - public)}"
            for path in _doors()
            if (public := set(_imported(module(path)))) != (declared := set(_declared(module(path))))
        ),
    )


def test_a_door_holds_no_code() -> None:
    """`__init__` has a docstring, imports and `__all__`, nothing else."""
    hold(
        "Importing a package must do nothing: give this code a room of its own and re-export it.",
        (
            f"{path}:{node.lineno}: {type(node).__name__}"
            for path in _doors()
            for node in module(path).body
            if not _belongs_in_a_door(node)
        ),
    )


def _doors() -> Iterator[str]:
    return (path for path in product() if path.endswith("/__init__.py"))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", "") != "__future__":
            names = (alias.asname or alias.name for alias in node.names)
            yield from (name for name in names if not name.startswith("_"))


def _declared(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if _is_all(node):
            names: list[str] = ast.literal_eval(node.value)  # type: ignore[attr-defined]
            return names
    return []


def _belongs_in_a_door(node: ast.stmt) -> bool:
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_docstring or isinstance(node, ast.Import | ast.ImportFrom) or _is_all(node)


def _is_all(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]
