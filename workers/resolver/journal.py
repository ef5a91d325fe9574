"""The coverage journal: over which stretches of time we have seen everything the gateway lists. Pure.

The gateway shows its newest hundred payments and nothing older, so an absence means something only where every moment
was looked at. Two pages that share a payment leave no gap between them; a page that shares none with what was seen
before leaves a *hole*, and no absence inside a hole is ever called proven.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

#: Ids kept of the last page: all. A later page connects as long as it shares one, so fewer than a hundred rows may come
#: between; send credits allow sixty, the rest is for other traffic and for requests that land out of turn.
HEADS_KEPT = 100
#: Stretches kept; older ones are longer ago than any order can stay unknown.
STRETCHES_KEPT = 64


class Stretch(msgspec.Struct, frozen=True, array_like=True):
    """Covered without a gap: from (ms; 0 = since ever) to the start of the last read (ms, the ledger's clock)."""

    from_ms: int
    to_ms: int


class Journal(msgspec.Struct, frozen=True):
    """Stretches (newest last), ids at the head of the newest page, and the starts of the latest clean reads."""

    stretches: tuple[Stretch, ...] = ()
    heads: tuple[str, ...] = ()
    clean_starts_ms: tuple[int, ...] = ()
    holes: int = 0

    def covers(self, from_ms: int, to_ms: int) -> bool:
        """Whether one stretch holds the whole interval."""
        return any(s.from_ms <= from_ms and to_ms <= s.to_ms for s in self.stretches)

    def clean_since(self, moment_ms: int, wanted: int) -> tuple[int, ...] | None:
        """The starts of the `wanted` latest reads, if all of them began at or after that moment."""
        latest = self.clean_starts_ms[-wanted:]
        return latest if len(latest) == wanted and latest[0] >= moment_ms else None


def journal_from(written: bytes | None) -> Journal:
    """The journal as the ledger keeps it; an empty one where nothing was written."""
    return msgspec.json.decode(written, type=Journal) if written else Journal()


@dataclass(frozen=True, slots=True)
class Page:
    """One read of the list: when it began (ms, the ledger's clock), ids newest first, its oldest row's `created`."""

    started_ms: int
    ids: tuple[str, ...]
    oldest_created_ms: int
    #: Fewer rows than were asked for: there is nothing older than this page.
    whole: bool
    #: Every row could be read.
    clean: bool


def extend(journal: Journal, page: Page, *, scans_kept: int) -> Journal:
    """The journal after this page.

    A page whose read began before the newest one of the journal adds nothing to it: a mirror that has lost its lease
    may come with what it had begun long ago, and behind newer reads that would count as another read since.
    """
    if not page.clean:
        return journal
    if journal.stretches and page.started_ms < journal.stretches[-1].to_ms:
        return journal
    starts = (*journal.clean_starts_ms, page.started_ms)[-scans_kept:]
    heads = page.ids[:HEADS_KEPT]
    if journal.stretches and _connects(journal, page):
        last = journal.stretches[-1]
        grown = Stretch(last.from_ms, max(last.to_ms, page.started_ms))
        return Journal((*journal.stretches[:-1], grown), heads or journal.heads, starts, journal.holes)
    first = not journal.stretches
    begins = 0 if first and page.whole else page.oldest_created_ms if page.ids else page.started_ms
    stretches = (*journal.stretches, Stretch(begins, page.started_ms))[-STRETCHES_KEPT:]
    # A hole restarts the count: a proof needs its reads on one side of it.
    return Journal(stretches, heads, (page.started_ms,), journal.holes + (0 if first else 1))


def _connects(journal: Journal, page: Page) -> bool:
    if not journal.heads:
        # Nothing had been listed so far: a page with no end in sight may have pushed rows out unseen.
        return page.whole
    return not set(journal.heads).isdisjoint(page.ids)


def moment(ms: int) -> str:
    """A time (ms) as the human who decides reads it. A list that was seen to its end goes back for ever: 0."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if ms else "the beginning"
