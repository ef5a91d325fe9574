"""What a log line may hold, and in which form. Pure.

Only fields named here are written, so that nothing leaks that nobody planned; what else was given is counted.
Values are short scalars or short lists of them. Every text goes through the card scanner and loses characters
that could forge a line, colour a terminal or turn its reading direction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import PurePath
from types import TracebackType
from typing import Any, Final

from producers.runtime.card_scanner import REMOVED, contains_card_number

#: Every field of a log line beside `at`, `level` and `event`. None of them may ever hold card data.
FIELDS: Final = frozenset(
    {
        "account", "action", "actor", "age_s", "amount_minor", "app", "attempt", "attempts", "batch_id",
        "cause", "caused_by", "claims", "clean", "closed", "code", "command", "count", "country",
        "credits", "currency", "delay_s", "duplicates", "duration_s", "duty", "endpoint", "epoch", "error",
        "error_at", "event_id", "event_type", "exit_code", "expected_s", "failures", "field", "file",
        "from_state", "hash", "held", "holes", "host", "http_status", "in_flight", "kid", "kind", "lag_s",
        "last4", "leader", "lines_dropped", "lock", "logger", "message_id", "mode", "names", "observed",
        "operation", "order_id", "payment_id", "payment_ids", "pid", "port", "position", "problem", "producer",
        "queue", "reader", "reason", "ref", "replicas", "result", "retries", "retry_after_s", "round_trips", "rows",
        "rule", "scans", "seed", "sequence", "setting", "signal", "size", "size_bytes", "source", "split_id", "state",
        "states", "step", "subject", "thread", "to_state", "token_start", "unit", "url_host", "user", "version",
        "wait_s", "waiting", "where", "worker",
    }
)  # fmt: skip
#: The value of `hash`, as a whole: its digits may fall as a card's do, and an audited line without its hash proves
#: nothing. One without a letter may be a number, and whatever stands in another field is scanned.
HASH: Final = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{64}")
#: Characters written of one text. A longer one is cut, after the scanner has seen a little beyond the cut.
TEXT_MAX: Final = 2000
#: Entries written of one list, frames of one traceback, and links of one chain of causes.
ENTRIES_MAX, FRAMES_MAX, CAUSES_MAX = 20, 16, 5

#: Characters scanned beyond the cut, so that a card number across it is found.
_BEYOND: Final = 80
#: From here on a number has as many digits as a card's; msgspec writes whole numbers up to 64 bits.
_CARD_MIN, _INT_MAX = 10**11, 2**63

Hit = Callable[[], None]


def line_of(given: Mapping[str, Any], *, on_card_number: Hit) -> dict[str, Any]:
    """The fields of a line from what was logged: allowed, clean, an exception taken apart.

    `fields_dropped` counts what was left out. `on_card_number` is called for every value removed.
    """
    fields: dict[str, object] = {name: value for name, value in given.items() if name in FIELDS}
    dropped = len(given) - len(fields) - ("event" in given) - ("exc_info" in given)
    error = _exception_in(given.get("exc_info"))
    if error is not None:
        fields |= _told(error, on_card_number)
    line: dict[str, object] = {"event": clean(str(given.get("event", "")), on_card_number)}
    line |= {
        name: value if _is_hash(name, value) else _scalar_or_list(value, on_card_number)
        for name, value in fields.items()
    }
    return line | ({"fields_dropped": dropped} if dropped else {})


def clean(text: str, on_card_number: Hit) -> str:
    """The text without card numbers, on one line, at most `TEXT_MAX` characters of it."""
    text = text[: TEXT_MAX + _BEYOND]
    if contains_card_number(text):
        on_card_number()
        return REMOVED
    text = text[:TEXT_MAX]
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _is_hash(name: str, value: object) -> bool:
    return name == "hash" and isinstance(value, str) and HASH.fullmatch(value) is not None


def _scalar_or_list(value: object, on_card_number: Hit) -> object:
    if not isinstance(value, list | tuple | set | frozenset):
        return _scalar(value, on_card_number)
    entries = list(value)[:ENTRIES_MAX]
    if contains_card_number(" ".join(entry for entry in entries if isinstance(entry, str))):
        on_card_number()
        return REMOVED
    return [_scalar(entry, on_card_number) for entry in entries]


def _scalar(value: object, on_card_number: Hit) -> object:
    match value:
        case None | bool():
            return value
        case int() | float():
            return value if abs(value) < _CARD_MIN else _large(value, on_card_number)
        case str():
            return clean(value, on_card_number)
        case BaseException():
            return _named(value, on_card_number)
        case _:
            # Its text may be anything, a card's fields included.
            return f"<{type(value).__name__}>"


def _large(value: float, on_card_number: Hit) -> object:
    text = clean(str(value), on_card_number)
    return value if text != REMOVED and abs(value) < _INT_MAX else text


def _exception_in(exc_info: object) -> BaseException | None:
    match exc_info:
        case BaseException():
            return exc_info
        case (_, BaseException() as error, _):
            return error
        case _:
            return None


def _told(error: BaseException, on_card_number: Hit) -> dict[str, object]:
    """An exception as fields: texts cleaned one by one, places without any value of a variable."""
    told: dict[str, object] = {
        "error": _named(error, on_card_number),
        "error_at": _places(error.__traceback__),
    }
    causes = [_named(cause, on_card_number) for cause in _causes(error)]
    return told | ({"caused_by": causes} if causes else {})


def _named(error: BaseException, on_card_number: Hit) -> str:
    try:
        text = str(error)
    except Exception as failure:  # somebody else's __str__ may do anything
        text = f"({type(failure).__name__} while it was put into words)"
    name = type(error).__qualname__
    return f"{name}: {clean(text, on_card_number)}" if text else name


def _places(trace: TracebackType | None) -> str:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{'/'.join(PurePath(code.co_filename).parts[-2:])}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return " > ".join(places[-FRAMES_MAX:])


def _causes(error: BaseException) -> list[BaseException]:
    """What the error came from, nearest first: causes, contexts not suppressed, members of groups."""
    links = [error]
    for link in links:
        context = None if link.__suppress_context__ else link.__context__
        members = link.exceptions if isinstance(link, BaseExceptionGroup) else ()
        links += [e for e in (link.__cause__ or context, *members) if e is not None and e not in links]
        if len(links) > CAUSES_MAX:
            break
    return links[1 : CAUSES_MAX + 1]
