"""From the environment to values: names looked up, files opened, typos found, problems gathered."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from producers.runtime.problems import Problem, problem
from producers.runtime.settings_kinds import FromFile, Refused, read_file
from producers.runtime.settings_table import FILE_SUFFIX, Row, settings_table, state_dir_of

#: Variables that begin so are ours, so one we do not know is a mistake. Other prefixes belong to others too.
PREFIX: Final = "CARDINITY_"

#: What Kubernetes adds to every container for a service that happens to be called `cardinity…`.
_SERVICE_LINK: Final = re.compile(r"[A-Z0-9_]+_(?:SERVICE_HOST|SERVICE_PORT\w*|PORT|PORT_[0-9]+_(?:TCP|UDP)\w*)")
#: How alike a known name must be to be suggested (difflib's ratio).
_ALIKE: Final = 0.75


def read_values(environ: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem], set[str]]:
    """The value of each field, what is wrong, and the names that could not be read and keep a default."""
    values, problems, unread = {}, [*unknown_names(environ)], set()
    for row in settings_table():
        try:
            values[row.field] = _value(row, environ)
        except Refused as refusal:
            values[row.field] = _default(row, environ)
            problems.append(problem(refusal.code, row.env, str(refusal)))
            unread.add(row.env)
    return values, problems, unread


def unknown_names(environ: Mapping[str, str]) -> Iterator[Problem]:
    """Variables with our prefix that mean nothing: probably one that was to mean something."""
    known = {name for row in settings_table() for name in _names(row)}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known and not _SERVICE_LINK.fullmatch(name):
            near = difflib.get_close_matches(name, known, n=1, cutoff=_ALIKE)
            yield problem("setting_unknown", name, "there is no such setting" + "".join(f"; is it {n}?" for n in near))


def _names(row: Row) -> tuple[str, ...]:
    return (row.env, row.env + FILE_SUFFIX) if row.twin else (row.env,)


def _value(row: Row, environ: Mapping[str, str]) -> object:
    text = _text(row, environ)
    return _default(row, environ) if text is None else row.kind.read(text)


def _text(row: Row, environ: Mapping[str, str]) -> str | None:
    """What was given; an empty variable is one not given."""
    direct = environ.get(row.env) or None
    path = environ.get(row.env + FILE_SUFFIX) or None if row.twin else None
    if path is None:
        return direct
    if direct is not None:
        raise Refused("setting_given_twice", f"{row.env} and {row.env}{FILE_SUFFIX} are both set; leave one out")
    content = read_file(Path(path), private=row.private)
    if not content:
        raise Refused("secret_missing" if row.private else "setting_missing", "the file is empty")
    if row.private:
        return content
    text = FromFile(content)
    text.path = Path(path)
    return text


def _default(row: Row, environ: Mapping[str, str]) -> object:
    if row.env == "STATE_DIR":
        return state_dir_of(environ)
    return None if row.default is None else row.kind.read(row.default)
