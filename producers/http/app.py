"""Puts the application together: what it stands on, its routes, and the border around them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import NoReturn

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import Lifespan

from producers.contract.api_keys import ApiKeys
from producers.enqueue import AsyncEnqueuer
from producers.http.async_subscriptions import AsyncSubscriptions
from producers.http.border import Border
from producers.http.buckets import Buckets
from producers.http.callbacks import callback_routes, challenge_route
from producers.http.callers import Callers
from producers.http.disputes import dispute_route
from producers.http.doorkeeper import Doorkeeper
from producers.http.gateway import Gateway
from producers.http.health import Readiness, health_routes
from producers.http.hint_queue import HintQueue
from producers.http.hosted_pages import hosted_page_routes
from producers.http.links import link_routes
from producers.http.notices import languages
from producers.http.notification_log import NotificationLog
from producers.http.reads import read_routes
from producers.http.refusals import HttpProblem
from producers.http.replays import Replays
from producers.http.resources import RESOURCES, cancel_route, finalize_route, resource_routes
from producers.http.splits import split_routes
from producers.http.subscription_imports import import_routes
from producers.http.subscription_plans import notice_routes, plan_routes
from producers.http.subscriptions import subscription_routes
from producers.http.tokens import token_route
from producers.http.verifying import verification_route
from producers.http.webhooks import webhook_routes
from producers.runtime.clients import async_client
from producers.runtime.hosted_project import HostedProject
from producers.runtime.metrics import Metrics
from producers.runtime.settings import Settings
from producers.runtime.tracing.callers import TraceContexts
from producers.runtime.tracing.opening import HTTP, is_wanted
from producers.vault import Tokeniser, load_api_keys


@dataclass(frozen=True, slots=True)
class Services:
    """What requests are answered with. Belongs to one event loop. `clock` is in seconds and only goes forward."""

    settings: Settings
    metrics: Metrics
    api_keys: ApiKeys | None
    enqueuer: AsyncEnqueuer
    hints: HintQueue
    notifications: NotificationLog
    gateway: Gateway
    subscriptions: AsyncSubscriptions
    readiness: Readiness
    clock: Callable[[], float]


def create_app(settings: Settings, *, version: str = "unknown") -> Starlette:
    """The application for an ASGI server that plays the lifespan: it connects when the server starts.

    Raises:
        ProducerError: `metrics_mode`; and from the lifespan, what `opened` raises.
    """
    metrics = metrics_of(settings, version)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened(settings, metrics) as services:
            app.router.routes.extend(routes(services))
            yield

    return _application((), settings, metrics, lifespan)


def application(services: Services) -> Starlette:
    """The application on services that are open already."""
    return _application(routes(services), services.settings, services.metrics, None)


def metrics_of(settings: Settings, version: str) -> Metrics:
    """The numbers of this process, or its part of those that processes share."""
    shared = settings.prometheus_multiproc_dir is not None
    return Metrics(accounts=settings.accounts, version=version, shared=shared)


@asynccontextmanager
async def opened(
    settings: Settings, metrics: Metrics, *, clock: Callable[[], float] = time.monotonic
) -> AsyncIterator[Services]:
    """Connected services.

    Raises:
        KeyFileError: the file of API keys cannot be used.
        SettingsError, LedgerLockdown, LedgerUnavailable: as `AsyncEnqueuer.open`.
    """
    api_keys = None if settings.api_keys_file is None else load_api_keys(settings.api_keys_file)

    def count(result: str, spans: int) -> None:
        metrics.spans.inc(result, by=spans)

    async with AsyncExitStack() as closing:
        enqueuer = await closing.enter_async_context(await AsyncEnqueuer.open(settings, service=HTTP, tell=count))
        ledger, queue = (async_client(url, settings) for url in (settings.redis_ledger_url, settings.redis_queue_url))
        closing.push_async_callback(ledger.aclose)
        closing.push_async_callback(queue.aclose)
        hints = HintQueue(queue)
        closing.push_async_callback(hints.aclose)
        gateway = Gateway.from_settings(settings)
        closing.push_async_callback(gateway.aclose)
        subscriptions = AsyncSubscriptions(settings)
        closing.push_async_callback(subscriptions.aclose)
        readiness = Readiness(ledger, queue, enqueuer.epoch, settings, clock)
        notifications = NotificationLog(ledger)
        yield Services(
            settings, metrics, api_keys, enqueuer, hints, notifications, gateway, subscriptions, readiness, clock
        )


def routes(services: Services) -> list[BaseRoute]:
    """Every route there is: the API where there are keys, a door for each secret and for customers, and the health of
    the process.
    """
    settings, metrics = services.settings, services.metrics
    found: list[BaseRoute] = [*health_routes(services.readiness, metrics, settings)]
    if services.api_keys is not None:
        found += _api(services, Callers(services.api_keys, Buckets(services.clock)))
    keeper = Doorkeeper(settings, Buckets(services.clock), sources=settings.webhook_sources)
    replays = Replays(services.clock)
    spoken, kept = [*languages(settings)], services.notifications
    found += webhook_routes(spoken, keeper, replays, services.hints, kept, metrics.notifications)
    anybody = Doorkeeper(settings, Buckets(services.clock), sources=None)
    return found + callback_routes(settings, services.enqueuer, anybody)


def _api(services: Services, callers: Callers) -> list[Route]:
    """What is under `/v1`."""
    enqueuer, gateway, settings = services.enqueuer, services.gateway, services.settings
    return [
        *(
            route
            for resource in RESOURCES
            for route in resource_routes(resource, enqueuer, callers, services.metrics.accepts)
        ),
        cancel_route(enqueuer, callers),
        finalize_route(enqueuer, callers),
        challenge_route(settings, enqueuer, callers),
        verification_route(enqueuer, gateway, callers),
        *split_routes(enqueuer, callers, services.metrics.accepts),
        token_route(Tokeniser.from_settings(settings) if settings.vault_public_key else None, callers),
        *link_routes(enqueuer, gateway, callers, deadline_s=settings.read_deadline_s),
        *hosted_page_routes(HostedProject.from_settings(settings), callers),
        *read_routes(gateway, callers),
        dispute_route(enqueuer, callers),
        *plan_routes(services.subscriptions, callers),
        *subscription_routes(services.subscriptions, callers),
        *import_routes(services.subscriptions, callers),
        *notice_routes(services.subscriptions, callers),
    ]


def _application(
    given: Sequence[BaseRoute], settings: Settings, metrics: Metrics, lifespan: Lifespan[Starlette] | None
) -> Starlette:
    traced = [Middleware(TraceContexts)] if is_wanted(settings) else []
    app = Starlette(
        routes=given,
        middleware=[Middleware(Border, metrics=metrics), *traced],
        exception_handlers={HTTPException: _not_routed},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


async def _not_routed(request: Request, error: Exception) -> NoReturn:
    """What no route takes."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        raise HttpProblem("method_unknown", f"allowed here: {allowed}", 405, error.headers)
    raise HttpProblem("route_unknown", "there is nothing at this address", 404)
