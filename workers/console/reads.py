"""Reads of the ledger that the pages show. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence

from producers.contract import states
from producers.contract.fields import read_order_id
from producers.contract.form import Form
from producers.runtime.ledger import keys
from producers.runtime.ledger.record import Record, record_from
from producers.runtime.ledger.tombstones import found, questions
from producers.runtime.settings import Settings
from workers.console.batches import Progress
from workers.console.orders import LISTED_MAX
from workers.operations.choices import holes
from workers.operations.minutes import Minute, minute_questions, minutes_of
from workers.operations.reading import Reader, reading
from workers.operations.tally import Tally
from workers.resolver.journal import journal_from


def last_minutes(settings: Settings) -> tuple[Minute, ...]:
    """What ended in the last minutes."""
    with reading(settings.redis_ledger_url, settings) as ledger:
        now_ms = ledger.now_ms()
        return minutes_of(ledger.ask(*minute_questions(now_ms)), now_ms)


def in_doubt(settings: Settings) -> tuple[list[tuple[str, Sequence[Record]]], int]:
    """Parked and unknown orders, the longest waiting first, and what time it is (ms)."""
    with reading(settings.redis_ledger_url, settings) as ledger:
        both = [(state, _waiting(ledger, state)) for state in (states.PARKED, states.UNKNOWN)]
        return [*both], ledger.now_ms()


def progress(settings: Settings, names: Sequence[str]) -> list[Progress]:
    """How these batches stand; those that the ledger does not know are left out."""
    with reading(settings.redis_ledger_url, settings) as ledger:
        read = ((name, _progress(ledger, name)) for name in names)
        return [each for _, each in read if each is not None]


def unseen(settings: Settings, account: str, from_ms: int) -> tuple[tuple[int, int], ...]:
    """Stretches of time (ms) since then in which nobody saw the account's list."""
    with reading(settings.redis_ledger_url, settings) as ledger:
        (written,) = ledger.ask(("HGET", keys.coverage(account), "journal"))
        return holes(journal_from(written), from_ms, ledger.now_ms())


def named(settings: Settings, order_id: str) -> Record | None:
    """The order of that name, if there can be one."""
    form = Form({"order_id": order_id})
    if form.read("order_id", read_order_id) is None:
        return None
    with reading(settings.redis_ledger_url, settings) as ledger:
        (record,) = found([order_id], ledger.ask(*questions([order_id])))
        return record


def _waiting(ledger: Reader, state: str) -> list[Record]:
    (ids,) = ledger.ask(("ZRANGE", keys.listed(state), 0, LISTED_MAX - 1))
    names = [each.decode() for each in ids]
    rows = ledger.ask(*(("HGETALL", keys.order(name)) for name in names)) if names else []
    records = (record_from(name, row) for name, row in zip(names, rows, strict=True))
    return [record for record in records if record.state == state]


def _progress(ledger: Reader, name: str) -> Progress | None:
    counters, halt, valid = ledger.ask(
        ("HGETALL", keys.batch(name)), ("GET", keys.halt(name)), ("HGET", keys.manifest(name), "valid")
    )
    tally = Tally.read(counters)
    rows = int(valid) if valid else tally.known
    return Progress(name, rows, tally, halt.decode() if halt else "") if rows else None
