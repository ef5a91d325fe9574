"""`cardinity webhooks`: the process that posts events to merchants' endpoints, and what an operator does about them."""

from __future__ import annotations

import asyncio
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import click
import msgspec
import uvloop

from producers.contract.names import EVENT_SOURCE
from producers.moments import rfc3339
from producers.runtime.archive.database import ANSWER_WAIT_S, Archive
from producers.runtime.ledger.clock import read_now_ms
from producers.runtime.logs import configure_logging
from producers.runtime.settings import Settings
from workers.cli.events.readers import check_forgettable
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.events.archive.service import pinned_ledger
from workers.events.webhooks.deliveries import Deliveries, Standing
from workers.events.webhooks.desk import Desk, Row, one, since
from workers.events.webhooks.endpoints import Endpoint, Endpoints
from workers.events.webhooks.endpoints_file import read_endpoints
from workers.events.webhooks.pruning import forget as forget_webhooks
from workers.events.webhooks.schedule import Health
from workers.events.webhooks.sending import Answer, Sender
from workers.events.webhooks.service import READER, serve, stand_at_the_end
from workers.host.parent_death import stop_with_parent
from workers.operations.auditing import audited
from workers.operations.writing import writing

#: The event of `test`, which no order has.
TEST_TYPE: Final = "webhook.test"

_FORMATS: Final = ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"]
_dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")


@click.group("webhooks")
def command() -> None:
    """Post events to merchants' endpoints, see how these stand, and tell events again."""


@command.command("run")
@click.option("--parent", type=int, default=0, hidden=True, help="Stop when this process, our parent, is gone.")
@speaking
def run(screen: Screen, parent: int) -> None:
    """Post events to the endpoints of WEBHOOKS_FILE until Ctrl-C or SIGTERM.

    One does the work; others, on this host or elsewhere, stand by. It may be killed at any moment: what it had not
    written down is sent again, under the same id. The first run begins with the events that come from then on.
    """
    settings = settings_here()
    endpoints = _endpoints(settings)
    if parent:
        stop_with_parent(parent)
    configure_logging(settings)

    async def main() -> None:
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        screen.say(f"posting to {', '.join(endpoints)}")
        await serve(settings, endpoints, ledger, archive, stopped)

    with pinned_ledger(settings) as ledger, Archive(settings, answer_wait_s=ANSWER_WAIT_S) as archive:
        stand_at_the_end(ledger, archive, _now_ms())
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main())


@command.command("list")
@speaking
def show_all(screen: Screen) -> None:
    """List the endpoints, and how they stand."""
    settings = settings_here()
    endpoints = _endpoints(settings)
    with Archive(settings) as archive:
        found = _standing(archive, endpoints)
    for name, (standing, health) in found.items():
        record, text = _told(endpoints[name], standing, health)
        screen.result(record, text)


@command.command("show")
@click.argument("name")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="The oldest N.")
@speaking
def show(screen: Screen, name: str, limit: int) -> None:
    """Show how the endpoint NAME stands, and the deliveries that wait or were given up."""
    with _desk(name) as (desk, endpoints, archive):
        ((standing, health),) = _standing(archive, {name: endpoints[name]}).values()
        rows = desk.open_rows(name, limit)
    screen.result(*_told(endpoints[name], standing, health))
    for row in rows:
        screen.result(*_row(row))


@command.command("test")
@click.argument("name")
@_dry_run
@speaking
def test(screen: Screen, name: str, dry_run: bool) -> None:
    """Post an event of the type webhook.test to the endpoint NAME now, whether it is enabled or not, and say what was
    answered. Exits 69 where that is no 2xx.
    """
    settings = settings_here()
    endpoint = _named(_endpoints(settings), name)
    if dry_run:
        screen.result({"endpoint": name, "url": endpoint.url, "done": False}, f"would post to {endpoint.url}")
        return
    event_id = f"test:{secrets.token_hex(8)}"
    with writing(settings) as ledger:
        audited(ledger, settings, "webhook.test", name)
    answer = asyncio.run(_posted(endpoint, event_id))
    told = {"endpoint": name, "event_id": event_id, "delivered": answer.success, "answer": answer.words, "done": True}
    screen.result(told, f"{name}: {'delivered' if answer.success else 'not delivered'}, {answer.words}")
    if not answer.success:
        click.get_current_context().exit(ExitCode.UNAVAILABLE)


@command.command("enable")
@click.argument("name")
@_dry_run
@speaking
def enable(screen: Screen, name: str, dry_run: bool) -> None:
    """Post to the endpoint NAME again, beginning with what waits for it."""
    _switch(screen, name, dry_run=dry_run, to="enable")


@command.command("disable")
@click.argument("name")
@_dry_run
@speaking
def disable(screen: Screen, name: str, dry_run: bool) -> None:
    """Post nothing more to the endpoint NAME; what comes waits for it, as long as events are kept."""
    _switch(screen, name, dry_run=dry_run, to="disable")


@command.command("redeliver")
@click.argument("event_id", required=False)
@click.option("--since", "at", type=click.DateTime(_FORMATS), help="Events that have happened since then, UTC.")
@click.option("--endpoint", "names", multiple=True, help="To this endpoint only; may be given several times.")
@_dry_run
@speaking
def redeliver(screen: Screen, event_id: str | None, at: datetime | None, names: tuple[str, ...], dry_run: bool) -> None:
    """Tell the event EVENT_ID, or all --since, once more, under the ids that they had.

    The events are the archive's. Each endpoint gets those that it wants; what waits for it already is left to wait.
    """
    if (event_id is None) == (at is None):
        raise click.UsageError("give an EVENT_ID or --since, and not both")
    which = one(event_id) if event_id is not None else since(int(_utc(at).timestamp() * 1000))
    settings = settings_here()
    with _desk(*names) as (desk, endpoints, _):
        to = names or tuple(endpoints)
        if dry_run:
            counts = desk.wanted(which, to)
        else:
            with writing(settings) as ledger:
                subject = event_id or rfc3339(int(_utc(at).timestamp() * 1000))
                audited(ledger, settings, "webhook.redeliver", subject, endpoints=" ".join(to))
            counts = desk.redeliver(which, to, _now_ms())
    for name, count in counts.items():
        told = {"endpoint": name, "events": count, "done": not dry_run}
        screen.result(told, f"{name}: {count} events {'would be' if dry_run else 'are'} told again")
    if event_id is not None and not any(counts.values()):
        message = "the archive has no such event, or no endpoint wants it"
        raise CommandError("event_unknown", message, ExitCode.NO_INPUT)


@command.command("forget")
@_dry_run
@speaking
def forget(screen: Screen, dry_run: bool) -> None:
    """Drop what endpoints were to be told, and keep the event stream for webhooks no longer.

    For where nobody posts them any more: else the stream is not trimmed. Exits 75 while `webhooks run` runs.
    """
    settings, count = settings_here(), 0
    with Archive(settings) as archive, writing(settings) as ledger:
        check_forgettable(ledger, READER)
        if not dry_run:
            audited(ledger, settings, "webhook.forget", READER)
            count = forget_webhooks(ledger, archive, read_now_ms(ledger))
    told = {"reader": READER, "deliveries": count, "done": not dry_run}
    words = f"the stream is kept for webhooks no longer, {count} deliveries are dropped"
    screen.result(told, words if not dry_run else "the stream would be kept for webhooks no longer")


def _switch(screen: Screen, name: str, *, dry_run: bool, to: str) -> None:
    settings, changed = settings_here(), False
    with _desk(name) as (desk, _, _):
        if not dry_run:
            with writing(settings) as ledger:
                audited(ledger, settings, f"webhook.{to}", name, because="operator")
            changed = desk.enable(name) if to == "enable" else desk.disable(name, _now_ms())
    said = f"would be {to}d" if dry_run else f"is {to}d" if changed else f"was {to}d already"
    screen.result({"endpoint": name, "changed": changed, "done": not dry_run}, f"{name} {said}")


async def _posted(endpoint: Endpoint, event_id: str) -> Answer:
    event = {
        "specversion": "1.0", "id": event_id, "source": EVENT_SOURCE, "subject": endpoint.name, "type": TEST_TYPE,
        "time": rfc3339(_now_ms()), "datacontenttype": "application/json", "data": {},
    }  # fmt: skip
    sender = Sender(endpoint)
    try:
        return await sender.post(event_id, msgspec.json.encode(event), int(time.time()))
    finally:
        await sender.aclose()


@contextmanager
def _desk(*names: str) -> Iterator[tuple[Desk, Endpoints, Archive]]:
    settings = settings_here()
    endpoints = _endpoints(settings)
    for name in names:
        _named(endpoints, name)
    with Archive(settings) as archive:
        yield Desk(archive, READER, endpoints), endpoints, archive


def _endpoints(settings: Settings) -> Endpoints:
    if settings.webhooks_file is None:
        message = "there are no endpoints: WEBHOOKS_FILE is not set"
        raise CommandError("webhooks_missing", message, ExitCode.CONFIG)
    return read_endpoints(settings)


def _named(endpoints: Endpoints, name: str) -> Endpoint:
    if name not in endpoints:
        raise CommandError("endpoint_unknown", f"WEBHOOKS_FILE has {', '.join(endpoints)} only", ExitCode.NO_INPUT)
    return endpoints[name]


def _standing(archive: Archive, endpoints: Endpoints) -> dict[str, tuple[Standing, Health]]:
    return Deliveries(archive, READER, lambda name, health: None).standing(endpoints)


def _told(endpoint: Endpoint, standing: Standing, health: Health) -> tuple[dict[str, object], str]:
    because = health.disabled_because or ("file" if not endpoint.enabled else None)
    record = {
        "endpoint": endpoint.name,
        "url": endpoint.url,
        "enabled": because is None,
        "because": because,
        "disabled_at": _moment(health.disabled_at_ms),
        "failures": health.failures,
        "failing_since": _moment(health.failing_since_ms),
        "waiting": standing.waiting,
        "waiting_since": _moment(standing.since_ms),
        "given_up": standing.failed,
    }
    state = f"disabled ({because})" if because else f"failed {health.failures} times" if health.failures else "enabled"
    text = f"{endpoint.name}: {endpoint.url}, {state}, {standing.waiting} wait, {standing.failed} given up"
    return record, text


def _row(row: Row) -> tuple[dict[str, object], str]:
    record = {
        "event_id": row.event_id,
        "type": row.type,
        "subject": row.subject,
        "state": row.state,
        "tries": row.tries,
        "answer": row.answer,
        "since": _moment(row.since_ms),
        "tried_at": _moment(row.tried_at_ms),
        "next_at": _moment(row.next_at_ms),
    }
    then = f"next {_moment(row.next_at_ms)}" if row.next_at_ms else "given up" if row.state == "failed" else "behind"
    return record, f"  {row.event_id}: {row.type}, {row.tries} tries, {row.answer or 'not tried'}, {then}"


def _moment(at_ms: int | None) -> str | None:
    return None if at_ms is None else rfc3339(at_ms)


def _utc(at: datetime | None) -> datetime:
    assert at is not None
    return at.replace(tzinfo=UTC)


def _now_ms() -> int:
    return int(time.time() * 1000)
