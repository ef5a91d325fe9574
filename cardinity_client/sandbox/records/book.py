"""The book of records: what followed each payment, in the order it landed."""

from collections import defaultdict
from collections.abc import Callable
from typing import Protocol

from cardinity_client.sandbox.agenda import Agenda
from cardinity_client.sandbox.records.record import Kind, Record
from cardinity_client.sandbox.tallies import Tallies
from cardinity_client.sandbox.wire import encode


class Hides(Protocol):
    """Whether a list leaves out this record at this age in milliseconds."""

    def __call__(self, record: Record, age_ms: int) -> bool: ...


class _Entry:
    """A record in its present state, encoded once per state."""

    __slots__ = ("body", "landed_ms", "record")

    def __init__(self, record: Record, landed_ms: int) -> None:
        self.landed_ms = landed_ms
        self.set(record)

    def set(self, record: Record) -> None:
        self.record = record
        self.body = encode(record)


class RecordBook:
    """All records of one merchant account. It stores what it is given: what may happen is decided elsewhere."""

    def __init__(self, now_ms: Callable[[], int], agenda: Agenda, tallies: Tallies) -> None:
        self._now_ms = now_ms
        self._agenda = agenda
        self._tallies = tallies
        self._by_id: dict[str, _Entry] = {}
        self._of_parent: defaultdict[tuple[Kind, str], list[_Entry]] = defaultdict(list)
        self._of_kind: defaultdict[Kind, list[_Entry]] = defaultdict(list)

    def put_at(self, record: Record, at_ms: int) -> None:
        """Lands a record, or moves one that is there to its next state."""
        entry = self._by_id.get(record.id)
        if entry is None:
            entry = self._by_id[record.id] = _Entry(record, at_ms)
            self._of_parent[record.type, record.parent_id].append(entry)
            self._of_kind[record.type].append(entry)
        else:
            entry.set(record)
        self._tallies.note_effect(record.type, record.parent_id, record.description, record.status)

    def find(self, record_id: str) -> Record | None:
        """A record of any kind and parent."""
        self._agenda.ripen()
        entry = self._by_id.get(record_id)
        return None if entry is None else entry.record

    def body(self, kind: Kind, parent_id: str, record_id: str) -> bytes | None:
        """The encoded record, as GET tells it; None when it is not of this kind or parent."""
        record = self.find(record_id)
        if record is None or (record.type, record.parent_id) != (kind, parent_id):
            return None
        return self._by_id[record_id].body

    def of_payment(self, kind: Kind, parent_id: str) -> list[Record]:
        """Oldest first."""
        self._agenda.ripen()
        return [entry.record for entry in self._of_parent.get((kind, parent_id), ())]

    def listed(self, kind: Kind, parent_id: str, hides: Hides | None) -> bytes:
        """A JSON array of a payment's records that are not hidden, newest first."""
        self._agenda.ripen()
        return self._array(self._of_parent.get((kind, parent_id), []), hides)

    def latest(self, kind: Kind, limit: int, hides: Hides | None) -> bytes:
        """A JSON array of the account's newest `limit` records of a kind, newest first."""
        self._agenda.ripen()
        return self._array(self._of_kind[kind][-limit:], hides)

    def all(self, kind: Kind) -> list[Record]:
        """For whoever looks into the account: every record of a kind, oldest first."""
        self._agenda.ripen()
        return [entry.record for entry in self._of_kind.get(kind, ())]

    def _array(self, entries: list[_Entry], hides: Hides | None) -> bytes:
        now_ms = self._now_ms()
        shown = [
            entry.body
            for entry in reversed(entries)
            if hides is None or not hides(entry.record, now_ms - entry.landed_ms)
        ]
        return b"[" + b",".join(shown) + b"]"
