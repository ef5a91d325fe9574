"""The pages: each reads, and lets a pure function make the page. They block, so each runs in a thread."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cardinity_client.errors import GatewayReadError
from producers.errors import ArchiveOutdated, ArchiveUnavailable
from producers.runtime.settings import Settings
from workers.accounts.merchant import verdict_rules
from workers.console import archive_reads, found, reads
from workers.console.actions import ACTIONS
from workers.console.answers import refused
from workers.console.batches import batch, batches
from workers.console.confirming import DO, STEP, asked, done, rehearsed
from workers.console.found import Hit
from workers.console.orders import address, doubtful, order
from workers.console.overview import overview
from workers.console.quarantine import LISTED_MAX, quarantine
from workers.console.resolving import Case, resolve
from workers.console.tallies import Tallies
from workers.console.today import today
from workers.operations import evidence, quarantined, reattempting
from workers.operations.asking import ask
from workers.operations.board import look
from workers.operations.choices import against_absence, against_attempt, choices
from workers.operations.desk import Desk
from workers.operations.errors import OperationRefused
from workers.operations.findings import told_of
from workers.operations.opening import at_desk
from workers.operations.story import Line

#: The archive cannot be asked now.
_NO_ARCHIVE = (ArchiveUnavailable, ArchiveOutdated)


class Pages:
    """All of them, over one system."""

    def __init__(self, settings: Settings, tallies: Tallies) -> None:
        self._settings = settings
        self._tallies = tallies

    def overview(self, request: Request) -> Response:
        """How everything stands."""
        settings = self._settings
        board, minutes = look(settings), reads.last_minutes(settings)
        made = overview(
            request.state.reader, board, minutes, presence_s=settings.presence_s, credits_max=settings.send_credits
        )
        return HTMLResponse(made)

    def search(self, request: Request) -> Response:
        """Orders by a name; where there is one, its own page."""
        words, settings = request.query_params.get("q", "").strip()[:64], self._settings
        if not words:
            return HTMLResponse(found.found(request.state.reader, "", ()))
        record, unasked, hits = reads.named(settings, words), "", list[Hit]()
        try:
            hits = archive_reads.concerning(settings, words)
        except _NO_ARCHIVE as error:
            unasked = error.message
        known = record and Hit(
            words, record.kind or "charge", record.state, record.amount, record.text("customer"),
            record.text("payment_id"), record.number("created_at"),
        )  # fmt: skip
        hits = archive_reads.together(hits, known or None)
        if len(hits) == 1:
            return RedirectResponse(address(hits[0].order_id), 303)
        return HTMLResponse(found.found(request.state.reader, words, hits, unasked))

    def order(self, request: Request) -> Response:
        """One order."""
        order_id = request.query_params.get("order_id", "").strip()
        if not order_id:
            return RedirectResponse("/search", 303)
        findings, lines, coming = told_of(order_id, self._settings)
        if findings.record.is_archived:
            lines = [*self._told_before(findings.record.order_id), *lines]
        return HTMLResponse(order(request.state.reader, findings, lines, coming, order_id))

    def doubtful(self, request: Request) -> Response:
        """Unknown and parked orders."""
        return HTMLResponse(doubtful(request.state.reader, *reads.in_doubt(self._settings)))

    def quarantine(self, request: Request) -> Response:
        """Messages that were put aside."""
        with at_desk(self._settings, rehearsal=True, by=_actor(request)) as desk:
            aside = quarantined.listed(desk, LISTED_MAX)
        return HTMLResponse(quarantine(request.state.reader, aside))

    def batches(self, request: Request) -> Response:
        """Batches with their progress, or one of them."""
        reader, settings = request.state.reader, self._settings
        if not (name := request.query_params.get("batch", "").strip()):
            names = archive_reads.recent_batches(settings, int(time.time() * 1000))
            return HTMLResponse(batches(reader, reads.progress(settings, names)))
        progress = reads.progress(settings, [name])
        if not progress:
            return refused(request, 404, "The ledger knows no batch of this name.")
        try:
            in_doubt = archive_reads.doubted(settings, name)
        except _NO_ARCHIVE:
            in_doubt = None
        return HTMLResponse(batch(reader, progress[0], in_doubt))

    def today(self, request: Request) -> Response:
        """Renewals and declines of today."""
        now = datetime.now(UTC)
        day, report = archive_reads.of_day(self._settings, now)
        return HTMLResponse(today(request.state.reader, day, report, int(now.timestamp() * 1000)))

    def ask(self, request: Request) -> Response:
        """The form of an action."""
        name, about = request.path_params["name"], request.query_params.get("about", "")
        if name not in ACTIONS or not about:
            return refused(request, 404, "There is no such action.")
        if name == "order-resolve":
            with at_desk(self._settings, rehearsal=True, by=_actor(request)) as desk:
                case = self._case(desk, about)
            return HTMLResponse(resolve(request.state.reader, name, ACTIONS[name], case))
        return HTMLResponse(asked(request.state.reader, name, ACTIONS[name], about))

    def act(self, request: Request) -> Response:
        """Rehearse an action, or do it."""
        name, given = request.path_params["name"], request.state.fields
        action, about = ACTIONS.get(name), given.get("about", "")
        if action is None or not about:
            return refused(request, 404, "There is no such action.")
        fields = {each.name: given.get(each.name, "")[: each.most] for each in action.wanted}
        if missing := [each.title for each in action.wanted if each.needed and not fields[each.name]]:
            return refused(request, 400, f"Nothing was chosen: {', '.join(missing)}.")
        rehearsal = given.get(STEP) != DO
        with at_desk(self._settings, rehearsal=rehearsal, by=_actor(request)) as desk:
            told = action.deed(desk, self._settings, about, fields)
        if rehearsal:
            return HTMLResponse(rehearsed(request.state.reader, name, action, about, fields, told))
        self._tallies.done(name)
        return HTMLResponse(done(request.state.reader, name, action, about, told))

    def _told_before(self, order_id: str) -> list[Line]:
        """Of an order that has left the ledger; nothing where the archive cannot be asked."""
        try:
            return archive_reads.told(self._settings, order_id)
        except _NO_ARCHIVE:
            return []

    def _case(self, desk: Desk, order_id: str) -> Case:
        """A parked order with all there is to see of it; where the gateway is silent, with what the ledger has."""
        settings, rules, unasked = self._settings, verdict_rules(self._settings), ""
        evident = evidence.known(desk, order_id)
        record = evident.record
        try:
            evident = asyncio.run(ask(settings, evident))
        except GatewayReadError as error:
            unasked = f"The gateway gave no answer ({error.code}): this is what the ledger has."
        except OperationRefused as error:
            unasked = f"This is not decided here: {error.message}."
        since_ms = (record.intent_at_ms or record.number("since")) - rules.skew_ms
        return Case(
            evident,
            choices(evident, rules),
            against_absence(evident, rules),
            against_attempt(evident, rules),
            reads.unseen(settings, record.lane, since_ms),
            unasked,
            reattempting.proposal_of(record, evident.now_ms),
            reattempting.proposed_by(record, desk, evident.now_ms) is not None,
        )


def _actor(request: Request) -> str:
    """Who acts, as the audit trail names people of the console."""
    return f"{request.state.reader.user.name}@console"
