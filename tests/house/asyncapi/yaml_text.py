"""Values as YAML, in the one form in which documents here are written."""

import json
import re
from collections.abc import Iterator
from textwrap import wrap
from typing import Any

#: Columns of a text before it is folded.
FOLD_AT = 90


def yaml(value: Any) -> str:
    """Mappings, lists and scalars as YAML blocks; long texts are folded, ambiguous ones quoted."""
    return "".join(f"{line}\n" for line in _lines(value))


def _lines(value: Any) -> Iterator[str]:
    pairs = value.items() if isinstance(value, dict) else (("-", item) for item in value)
    for key, item in pairs:
        mark = key if key == "-" else f"{_scalar(key)}:"
        if isinstance(item, str) and len(item) > FOLD_AT:
            yield f"{mark} >-"
            yield from (f"  {line}" for line in wrap(item, FOLD_AT))
        elif not isinstance(item, dict | list) or not item:
            yield f"{mark} {_scalar(item)}"
        elif key == "-":
            first, *rest = _lines(item)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
        else:
            yield mark
            yield from (f"  {line}" for line in _lines(item))


def _scalar(value: Any) -> str:
    plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z$/][\w$./_-]*(?: [\w.-]+)*", value)
    if plain and value.lower() not in {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}:
        return str(value)
    return json.dumps(value, ensure_ascii=False)
