"""The few commands by which the product reads the ledger without a script, answered from the double."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from producers.runtime.ledger import keys
from tests.simulation.ledger_rows import Rows


def read(ledger: Rows, command: tuple[Any, ...]) -> Any:
    """What Redis would answer to a read-only command; a command or key that is not known here fails loudly."""
    return _COMMANDS[command[0]](ledger, *command[1:])


def _time(ledger: Rows) -> tuple[int, int]:
    at = ledger.now_ms()
    return at // 1000, at % 1000 * 1000


def _hgetall(ledger: Rows, key: str) -> dict[bytes, bytes]:
    if key.startswith(_ORDER):
        return {name.encode(): value for name, value in ledger.rows.get(key[len(_ORDER) :], {}).items()}
    if key.startswith(_SEEN):
        return {name.encode(): text.encode() for name, text in ledger.seen.get(key[len(_SEEN) :], {}).items()}
    if key.startswith(_ANSWERS):
        return {name.encode(): text for name, text in ledger.answers.get(key[len(_ANSWERS) :], {}).items()}
    if key == keys.STRAYS:
        return {name.encode(): text.encode() for name, text in ledger.strays.items()}
    assert key == keys.STATS, key
    return {name.encode(): b"%d" % value for name, value in ledger.stats.items()}


def _hget(ledger: Rows, key: str, name: str | bytes) -> bytes | None:
    if isinstance(name, bytes):
        return ledger.gone.get((key, name))
    if key.startswith(_ORDER):
        return ledger.rows.get(key[len(_ORDER) :], {}).get(name)
    if key.startswith(_PARENT):
        told = ledger.parents.get(key[len(_PARENT) :], {}).get(name)
        return None if told is None else told.encode()
    tag, journal = _hmget(ledger, key, "tag", "journal")
    return {"tag": tag, "journal": journal}[name]


def _hmget(ledger: Rows, key: str, *names: str) -> list[bytes | None]:
    if key.startswith(_PARENT):
        return [_hget(ledger, key, name) for name in names]
    assert key.startswith(_COVERAGE) and names == ("tag", "journal"), (key, names)
    kept = ledger.coverage.get(key[len(_COVERAGE) :])
    return [kept[0].encode(), kept[1]] if kept else [None, None]


def _zrange(ledger: Rows, key: str, low: int, high: int) -> list[bytes]:
    waiting = ledger.listed[key.removeprefix(keys.listed(""))]
    if not waiting:
        return []
    ids = [order_id for _, order_id in sorted((since, order_id) for order_id, since in waiting.items())]
    return [order_id.encode() for order_id in ids[low : high + 1]]


def _zrangebyscore(
    ledger: Rows, key: str, low: str, high: int, scores: str, limit: str, first: int, many: int
) -> list[bytes]:
    assert (low, scores, limit) == ("-inf", "WITHSCORES", "LIMIT"), (low, scores, limit)
    there = ledger.open_holds if key.startswith(_HOLDS) else ledger.expiring
    began = there.get(key.rpartition(":")[2], {})
    found = sorted((at, payment_id) for payment_id, at in began.items() if at <= high)[first : first + many]
    return [part for at, payment_id in found for part in (payment_id.encode(), b"%d" % at)]


def _get(ledger: Rows, key: str) -> bytes | None:
    if key.startswith(_LINK):
        order_id = ledger.links.get(key[len(_LINK) :])
        return None if order_id is None else order_id.encode()
    if key.startswith(_HALT):
        halt = ledger.halts.get(key[len(_HALT) :])
        return None if halt is None else halt.encode()
    assert key.startswith(_CREDITS), key
    credits = ledger.credits.get(key[len(_CREDITS) :])
    return None if credits is None else b"%d" % credits


def _exists(ledger: Rows, key: str) -> int:
    known: Mapping[str, Mapping[str, object]] = {
        _ORDER: ledger.rows,
        _SEEN: ledger.seen,
        _ANSWERS: ledger.answers,
    }
    return int(any(key.startswith(start) and key[len(start) :] in there for start, there in known.items()))


def _xrevrange(ledger: Rows, key: str, high: str, low: str, count: str, many: int) -> list[tuple[bytes, Any]]:
    entries = ledger.outbox if key == keys.OUTBOX else ledger.events
    last = len(entries)
    newest = [(last - back, entries[last - back - 1]) for back in range(min(many, last))]
    return [(b"%d-0" % place, {b"id": entry[0].encode(), b"event": entry[1]}) for place, entry in newest]


_ORDER, _SEEN, _PARENT, _LINK = keys.order(""), keys.seen(""), keys.parent(""), keys.link("")
_ANSWERS, _HALT, _HOLDS = keys.answers(""), keys.halt(""), keys.holds("")
_COVERAGE, _CREDITS = keys.coverage(""), keys.credits("")
_COMMANDS: Mapping[str, Callable[..., Any]] = {
    "TIME": _time,
    "HGETALL": _hgetall,
    "HGET": _hget,
    "HMGET": _hmget,
    "ZRANGE": _zrange,
    "ZRANGEBYSCORE": _zrangebyscore,
    "GET": _get,
    "EXISTS": _exists,
    "XREVRANGE": _xrevrange,
}
