"""What subscribers are to be told, for the merchant to mail: a box in the archive, filled together with what it tells.

A notice is put in once, whoever tries again, because its id follows from what it says; and it stays in the box until
the merchant says that it was taken. Who mails first and then dies before saying so finds the same id once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, insert, select, update

from producers.subscriptions.book.tables import NOTICES

#: Notices that are handed out together, at the most.
CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell. `about` is the order that it follows from; `charge_at_ms` is when the card is charged next,
    `link_url` where the customer pays instead.
    """

    kind: str
    subscription_id: str
    number: int
    about: str
    at_ms: int
    charge_at_ms: int | None = None
    link_url: str | None = None

    @property
    def notice_id(self) -> str:
        """The same for the same thing, however often it is told."""
        return f"{self.about}:{self.kind}"


def put(connection: Connection, notices: Iterable[Notice]) -> None:
    """Put these in, those that are not there yet. Whoever calls holds their subscriptions."""
    wanted = {each.notice_id: each for each in notices}
    if not wanted:
        return
    there = set(connection.scalars(select(NOTICES.c.notice_id).where(NOTICES.c.notice_id.in_(sorted(wanted)))))
    rows = [
        {
            "notice_id": name,
            "kind": each.kind,
            "subscription_id": each.subscription_id,
            "number": each.number,
            "at_ms": each.at_ms,
            "charge_at_ms": each.charge_at_ms,
            "link_url": each.link_url,
            "taken_at_ms": None,
        }
        for name, each in sorted(wanted.items())
        if name not in there
    ]
    if rows:
        connection.execute(insert(NOTICES), rows)


def waiting(connection: Connection, limit: int = CHUNK) -> list[Notice]:
    """The oldest notices that nobody has taken."""
    query = select(NOTICES).where(NOTICES.c.taken_at_ms.is_(None)).order_by(NOTICES.c.at_ms, NOTICES.c.notice_id)
    return [
        Notice(
            row["kind"],
            row["subscription_id"],
            row["number"],
            row["notice_id"].rpartition(":")[0],
            row["at_ms"],
            row["charge_at_ms"],
            row["link_url"],
        )
        for row in connection.execute(query.limit(min(limit, CHUNK))).mappings()
    ]


def take(connection: Connection, notice_ids: Sequence[str], now_ms: int) -> int:
    """Take these out of the box; how many were in it."""
    statement = update(NOTICES).where(NOTICES.c.notice_id.in_(sorted(notice_ids)), NOTICES.c.taken_at_ms.is_(None))
    return connection.execute(statement.values(taken_at_ms=now_ms)).rowcount
