"""The stable error codes, read off the code: every place that gives one names it as a constant beside its message."""

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.house.tree import module, product, text

#: What gives codes: a call's last name, where the code stands in it, and where the message, or the message itself.
GIVERS: Mapping[str, tuple[int, int | str]] = {
    **dict.fromkeys(
        ("Refusal", "Refused", "MoneyError", "ResponseInvalid", "SettingsInvalid", "EnvelopeError"), (0, 1)
    ),
    **dict.fromkeys(("KeyFileError", "ProducerError", "CommandError", "Failure", "__init__", "_refuse"), (0, 1)),
    **dict.fromkeys(("ReadInvalid", "ReadRefused", "ReadUnavailable", "PaymentNotFound", "ObjectNotFound"), (0, 1)),
    **dict.fromkeys(("RequestInvalid", "NotificationInvalid", "NotFinalizable", "LinkNotChanged"), (0, 1)),
    **dict.fromkeys(("FieldError", "refuse", "_wrong"), (1, 2)),
    **dict.fromkeys(("Rule", "problem"), (0, 2)),
    **dict.fromkeys(("SubscriptionUnknown", "SubscriptionConflict", "SubscriptionState"), (0, 1)),
    **dict.fromkeys(("OperationRefused", "NothingThere", "NotNow"), (0, 1)),
    "HttpProblem": (0, 1),
    "read_text": (1, "must be a string"),
    "Unknown": (0, "the order may have been charged; it is being found out"),
}
#: What a code is about, by the room it is given in; the first that fits.
ROOMS: Mapping[str, str] = {
    "cardinity_client/sandbox/": "",
    "cardinity_client/money": "amount",
    "cardinity_client/settings": "setting",
    "cardinity_client/models/": "request",
    "cardinity_client/notifications/hosted_page": "request",
    "cardinity_client/notifications/": "notification",
    "cardinity_client/": "gateway",
    "producers/batches/files": "batch file",
    "producers/http/": "HTTP",
    "producers/contract/strict_json": "JSON",
    "producers/contract/envelope": "envelope",
    "producers/contract/header": "envelope",
    "producers/contract/keys": "envelope",
    "producers/contract/key_formats": "key file",
    "producers/contract/api_keys": "key file",
    "producers/contract/hosted_pages": "request",
    "producers/contract/sessions": "callback",
    "producers/contract/": "charge",
    "producers/vault": "key file",
    "producers/runtime/durability": "Redis",
    "producers/runtime/exposition": "setting",
    "producers/runtime/settings": "setting",
    "producers/runtime/accounts": "setting",
    "producers/runtime/archive/": "archive",
    "producers/subscriptions/": "subscription",
    "producers/feed": "event stream",
    "producers/": "order",
    "workers/analytics/": "report",
    "workers/events/webhooks/": "setting",
    "workers/event_loop/delivery": "queue message",
    "workers/privacy/": "customer",
    "workers/cli/demo/": "",
    "workers/cli/": "command",
    "workers/operations/": "command",
}


class Code(NamedTuple):
    """A code: what it is about, and what is said with it."""

    name: str
    rooms: tuple[str, ...]
    messages: tuple[str, ...]


def codes() -> tuple[Code, ...]:
    """Every code there is, by name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in (path for path in product() if path.endswith(".py")):
        room = next((room for start, room in ROOMS.items() if path.startswith(start)), "")
        for name, message in (*_given(path), *_constants(path), *_directives(path)) if room else ():
            found.setdefault(name, []).append((room, message))
    return tuple(Code(name, *map(_unique, zip(*given, strict=True))) for name, given in sorted(found.items()))


def _given(path: str) -> Iterator[tuple[str, str]]:
    for scope in ast.walk(module(path)):
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
            for call in _calls(scope):
                at, beside = GIVERS.get(_last_name(call.func), (-1, ""))
                if 0 <= at < len(call.args):
                    message = beside if isinstance(beside, str) else _message(call, beside, scope)
                    yield from ((name, message) for name in _codes(call.args[at], scope))


def _constants(path: str) -> Iterator[tuple[str, str]]:
    """The reasons a message is put aside for: constants with a comment above."""
    if not path.startswith("workers/event_loop/delivery"):
        return
    lines = text(path).splitlines()
    for node in module(path).body:
        if isinstance(node, ast.Assign) and (name := _code(node.value)):
            comment = lines[node.lineno - 2].removeprefix("#: ").removeprefix("Why a message is put aside: ")
            yield name, comment.rstrip(";.")


def _directives(path: str) -> Iterator[tuple[str, str]]:
    """What is asked of Redis is a table: directive, value, code, harm."""
    if path.startswith("producers/runtime/durability"):
        for node in ast.walk(module(path)):
            if isinstance(node, ast.Tuple) and len(node.elts) == 4 and (name := _code(node.elts[2])):
                yield name, _words(node.elts[3])


def _calls(scope: ast.AST) -> Iterator[ast.Call]:
    """The calls of a scope, those of functions inside it left out."""
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _calls(child)


def _codes(node: ast.expr, scope: ast.AST) -> Iterator[str]:
    """The code that stands there, or every one that the name there is given in this scope."""
    if isinstance(node, ast.Name):
        values = (value for _, value in _assigned(node.id, scope))
        yield from (code for value in values for part in ast.walk(value) if (code := _code(part)))
    elif code := _code(node):
        yield code


def _assigned(name: str, scope: ast.AST) -> Iterator[tuple[int, ast.expr]]:
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign):
            targets = [part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)]
            if name in targets:
                yield node.lineno, node.value


def _code(node: ast.AST) -> str:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) and value.isidentifier() and "_" in value and value.islower() else ""


def _message(call: ast.Call, at: int, scope: ast.AST) -> str:
    """What is said; a name means what it was given last before the call."""
    if at >= len(call.args):
        return ""
    node = call.args[at]
    if isinstance(node, ast.Name):
        before = [value for line, value in _assigned(node.id, scope) if line < call.lineno]
        return _words(before[-1]) if before else ""
    return _words(node)


def _words(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(words)):
            return words
        case ast.JoinedStr(values=parts):
            return "".join(map(_words, parts))
        case ast.BinOp(left=left, right=right):
            return f"{_words(left)}{_words(right)}"
        case _:
            return "…"


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _unique(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value.strip("… ")))
