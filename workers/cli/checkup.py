"""What `doctor` looks at, one check after the other. Each finding says what is wrong and how to mend it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Literal

import httpx
import redis

from cardinity_client import CardinityClient, GatewayReadError, ReadUnavailable
from cardinity_client.transport import AiohttpTransport
from producers.contract.keys import sign
from producers.errors import KeyFileError, ProducerError, SettingsError
from producers.runtime.clients import sync_client
from producers.runtime.durability import check_redis
from producers.runtime.ledger.epoch import remembered
from producers.runtime.ledger.executors import LOST
from producers.runtime.ledger.failures import translate
from producers.runtime.ledger.scripts import NAMESPACE
from producers.runtime.settings import Settings
from producers.runtime.settings_rules import missing
from producers.vault import Sealer, load_opening_keys, load_producers

#: `note`: worth knowing, nothing to mend. `unreachable`: no answer, so nothing can be said.
Verdict = Literal["ok", "note", "wrong", "unreachable"]

#: What is signed to see whether workers believe a producer's key.
_PROBE = b"cardinity doctor"
#: Seconds by which an HTTP Date is coarse.
DATE_COARSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `mend` is what to do about it."""

    check: str
    verdict: Verdict
    message: str
    mend: str = ""


def of_settings(environ: Mapping[str, str]) -> tuple[Settings | None, list[Finding]]:
    """The settings, if they can be used at all, and what is wrong with them."""
    try:
        settings = Settings.from_environ(environ)
    except SettingsError as error:
        return None, [Finding("settings", "wrong", f"{p.field}: {p.message}") for p in error.problems]
    lacking = {role: list(missing(settings, role)) for role in ("producer", "worker")}
    if not lacking["producer"] or not lacking["worker"]:
        roles = " and ".join(role for role, problems in lacking.items() if not problems)
        findings = [Finding("settings", "ok", f"complete for a {roles}")]
        verdict: Verdict = "note"
    else:
        findings, verdict = [], "wrong"
    for problem in (*lacking["producer"], *lacking["worker"]):
        findings.append(Finding("settings", verdict, f"{problem.field}: {problem.message}"))
    return settings, findings


def of_redis(settings: Settings) -> Iterator[Finding]:
    """Both databases: whether they answer, are two, and keep what they are given."""
    with (
        sync_client(settings.redis_queue_url, settings) as queue,
        sync_client(settings.redis_ledger_url, settings) as ledger,
    ):
        places = {}
        for name, client in (("queue", queue), ("ledger", ledger)):
            try:
                places[name] = _place(client)
                yield Finding(f"redis {name}", "ok", "answers")
            except LOST as error:
                url = f"REDIS_{name.upper()}_URL"
                yield Finding(f"redis {name}", "unreachable", translate(error).message, f"start it, or mend {url}")
        if len(places) == 2 and places["queue"] == places["ledger"]:
            mend = "give REDIS_QUEUE_URL and REDIS_LEDGER_URL different databases"
            yield Finding("redis", "wrong", "queue and ledger are the same database of the same server", mend)
        if "ledger" in places:
            yield from _of_ledger(ledger, settings)


def of_keys(settings: Settings) -> Iterator[Finding]:
    """Whether what producers seal and sign here is opened and believed by workers with these files."""
    sealer: Sealer | None = None
    try:
        if not list(missing(settings, "producer")):
            sealer = Sealer.from_settings(settings)
            yield Finding("keys producer", "ok", f"{sealer.producer} seals for {sealer.sealing_key.kid}")
        if settings.seal_private_keys_file and settings.producers_file:
            opening, producers = (
                load_opening_keys(settings.seal_private_keys_file),
                load_producers(settings.producers_file),
            )
            yield Finding(
                "keys worker", "ok", f"opens {', '.join(opening.kids)}; believes {', '.join(producers.names)}"
            )
            if sealer:
                yield _matching(sealer, opening.kids, producers.find)
    except SettingsError as error:
        yield from (Finding("keys", "wrong", f"{p.field}: {p.message}") for p in error.problems)
    except KeyFileError as error:
        yield Finding("keys", "wrong", error.message, "see `cardinity keys generate`")
    except ProducerError as error:
        mend = "add this producer to PRODUCERS_FILE, or use its PRODUCER_KEY"
        yield Finding("keys", "wrong", error.message, mend)


def of_gateway(settings: Settings) -> Iterator[Finding]:
    """Whether the gateway takes the credentials, is of the right mode, and agrees about the time."""
    if settings.cardinity_consumer_key is None or settings.cardinity_consumer_secret is None:
        yield Finding(
            "gateway",
            "note",
            "not asked: no credentials here",
            "workers need CARDINITY_CONSUMER_KEY and _SECRET",
        )
        return
    try:
        live, skew_s = asyncio.run(_ask_gateway(settings))
    except ReadUnavailable as error:
        yield Finding(
            "gateway",
            "unreachable",
            error.message,
            f"is {settings.cardinity_base_url} right, and the way free?",
        )
        return
    except GatewayReadError as error:
        mend = "check CARDINITY_CONSUMER_KEY and CARDINITY_CONSUMER_SECRET, and that they belong to this address"
        yield Finding("gateway", "wrong", error.message, mend)
        return
    yield Finding("gateway", "ok", f"{settings.cardinity_base_url} takes the credentials")
    if live is not None and live != (settings.cardinity_mode == "live"):
        found = "live" if live else "test"
        message = f"the credentials are of a {found} account, CARDINITY_MODE is {settings.cardinity_mode}"
        yield Finding("gateway", "wrong", message, "give the credentials of the account that is meant")
    if skew_s is not None:
        yield _skew("clock gateway", skew_s, settings.clock_skew_s + DATE_COARSE_S)


def of_state_dir(directory: Path) -> Finding:
    """Whether a worker could keep its spool there; nothing is made on the way."""
    place = next(path for path in (directory, *directory.parents) if path.exists())
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return Finding("state", "ok", f"{directory} can be written")
    mend = "give STATE_DIR a directory that this user may write"
    return Finding("state", "wrong", f"{place} cannot be written", mend)


def _place(client: redis.Redis) -> tuple[str, int]:
    """Which database of which server process answers."""
    info: Any = client.info("server")
    return str(info["run_id"]), int(client.connection_pool.connection_kwargs.get("db") or 0)


def _of_ledger(client: redis.Redis, settings: Settings) -> Iterator[Finding]:
    try:
        problems = check_redis(client, replicas_required=settings.ledger_replicas)
        skew_s = _seconds(client.time()) - time.time()
        epoch, intents = (
            _text(client.get(f"{NAMESPACE}:epoch")),
            int(_text(client.get(f"{NAMESPACE}:intents")) or 0),
        )
    except LOST as error:
        yield Finding("redis ledger", "unreachable", translate(error).message, "mend REDIS_LEDGER_URL or its ACL")
        return
    volatile: Verdict = "note" if settings.allow_volatile_ledger else "wrong"
    for problem in problems:
        yield Finding("redis durability", volatile, f"{problem.field}: {problem.message}")
    if not problems:
        yield Finding("redis durability", "ok", "what is written stays written")
    yield _skew("clock redis", skew_s, settings.clock_skew_s)
    yield _epoch(epoch, intents, settings.state_dir)


def _epoch(epoch: str, intents: int, state_dir: Path) -> Finding:
    try:
        pin = remembered(state_dir)
    except NotADirectoryError:  # told by the check of the directory
        pin = None
    except (OSError, ValueError, KeyError) as error:
        message = f"what this host remembers of its ledger cannot be read: {type(error).__name__}"
        return Finding("ledger epoch", "wrong", message, f"let this user read {state_dir}, or restore it")
    mend = "do not send; see the runbook for a ledger that was flushed, restored or replaced"
    if pin is None:
        known = f"is in use, {intents} intents so far" if epoch else "was never used"
        return Finding("ledger epoch", "ok", f"the ledger {known}; this host has not met it yet")
    if pin.epoch != epoch:
        return Finding("ledger epoch", "wrong", "this is not the ledger that this host remembers", mend)
    if intents < pin.sequence:
        message = f"the ledger counts {intents} intents, this host has seen {pin.sequence}: it went back in time"
        return Finding("ledger epoch", "wrong", message, mend)
    return Finding("ledger epoch", "ok", f"the remembered ledger, {intents} intents so far")


def _matching(sealer: Sealer, kids: tuple[str, ...], find: Callable[[str], Any]) -> Finding:
    kid = sealer.sealing_key.kid
    if kid not in kids:
        message = f"producers seal for {kid}, workers open {', '.join(kids)}"
        return Finding("keys", "wrong", message, "give both sides the files of one `cardinity keys generate`")
    believed = find(sealer.producer)
    if not believed.signed(_PROBE, sign(sealer.signing_keys.producer_key.key, _PROBE)):
        message = f"workers know another signing key of producer {sealer.producer}"
        return Finding("keys", "wrong", message, "put its present key into PRODUCERS_FILE")
    if believed.disabled:
        return Finding("keys", "wrong", f"producer {sealer.producer} is disabled", "enable it in PRODUCERS_FILE")
    return Finding("keys", "ok", "producers and workers fit")


def _skew(check: str, skew_s: float, allowed_s: float) -> Finding:
    message = f"{abs(skew_s):.1f} s {'ahead of' if skew_s > 0 else 'behind'} this host"
    if abs(skew_s) <= allowed_s:
        return Finding(check, "ok", message)
    return Finding(check, "wrong", f"{message}; at most {allowed_s:g} s are allowed", "synchronise the clocks (NTP)")


async def _ask_gateway(settings: Settings) -> tuple[bool | None, float | None]:
    """Whether the account is live, and how far the gateway's clock is ahead (s); None if it does not tell."""
    client_settings = settings.client_settings()
    dated = _Dated(AiohttpTransport(client_settings))
    async with CardinityClient(client_settings, transport=dated) as client:
        page = await client.list_payments(1)
    live = page.payments[0].live if page.payments else None
    return live, dated.skew_s


class _Dated(httpx.AsyncBaseTransport):
    """Reads the Date of what passes through."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.skew_s: float | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        if date := response.headers.get("date"):
            try:
                self.skew_s = parsedate_to_datetime(date).timestamp() - time.time()
            except ValueError:
                self.skew_s = None
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


def _seconds(reply: Any) -> float:
    seconds, microseconds = reply
    return float(seconds) + float(microseconds) / 1e6


def _text(reply: Any) -> str:
    return reply.decode() if reply else ""
