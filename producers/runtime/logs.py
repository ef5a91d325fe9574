"""Logging of a process: one chain for our events, for the standard library's and for whatever crashes.

JSON lines, or a readable form on a terminal. What a line may hold is decided in `log_fields`; libraries that
use `logging` (dramatiq, redis, uvicorn, asyncio), warnings and uncaught exceptions go through the same.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import IO, Any, Final, NoReturn, Protocol, Self

import msgspec
import structlog
from structlog.typing import WrappedLogger

from producers.runtime.log_fields import line_of
from producers.runtime.log_sink import LINE_MAX, Sink

#: Loggers of libraries that say something about every request; only their warnings are wanted.
TALKATIVE: Final = ("asyncio", "httpcore", "httpx", "uvicorn.access")
#: Characters kept of the event of a line that is too long as a whole.
_EVENT_CUT: Final = 400

_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}


class LogSettings(Protocol):
    """The part of the settings that logging needs."""

    @property
    def log_format(self) -> str: ...
    @property
    def log_level(self) -> str: ...


def configure_logging(
    settings: LogSettings,
    *,
    stream: IO[str] | None = None,
    on_card_number: Callable[[], None] = lambda: None,
    clock: Callable[[], float] = time.time,
) -> Logs:
    """Make every logger of this process write to `stream` (stderr unless given), one clean line per event.

    `on_card_number` is called for each value the scanner removed. A forked child keeps the configuration.
    """
    sink = Sink(stream or sys.stderr)
    pretty = settings.log_format == "pretty" or (settings.log_format == "auto" and sink.interactive)
    chain = _Chain(sink, _Pretty(colors=sink.interactive) if pretty else _json_line, on_card_number, clock)
    return Logs(chain, _LEVELS[settings.log_level])


class Logs:
    """The configuration in force. `close` takes it back, which tests need and processes do not."""

    def __init__(self, chain: _Chain, level: int) -> None:
        self._chain = chain
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        self._handlers, self._level = logging.root.handlers[:], logging.root.level
        _configure_structlog(chain, level)
        _route_standard_library(chain, level)
        sys.excepthook = self._process_crashed
        threading.excepthook = self._thread_crashed
        sys.unraisablehook = self._exception_unraisable

    @property
    def lines_dropped(self) -> int:
        """Lines the stream did not take since the last one that it took."""
        return self._chain.sink.dropped

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Put hooks and handlers back as they were."""
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
        logging.captureWarnings(False)
        logging.root.handlers, logging.root.level = self._handlers, self._level
        structlog.reset_defaults()

    def _process_crashed(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            self._chain.write("critical", {"event": "process_crashed", "exc_info": error.with_traceback(trace)})

    def _thread_crashed(self, crash: threading.ExceptHookArgs) -> None:
        if not issubclass(crash.exc_type, SystemExit):
            name = crash.thread.name if crash.thread else ""
            fields = {"event": "thread_crashed", "thread": name, "exc_info": crash.exc_value}
            self._chain.write("critical", fields)

    def _exception_unraisable(self, fault: sys.UnraisableHookArgs) -> None:
        self._chain.write("error", {"event": "exception_unraisable", "exc_info": fault.exc_value})


class _Chain:
    """From what was logged to a line in the sink; the last step for every event, whoever logged it."""

    def __init__(
        self,
        sink: Sink,
        render: Callable[[dict[str, Any]], bytes],
        on_card_number: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self.sink = sink
        self._render = render
        self._on_card_number = on_card_number
        self._clock = clock

    def write(self, level: str, given: MutableMapping[str, Any]) -> None:
        if self.sink.dropped:
            given["lines_dropped"] = self.sink.dropped
        head = {"at": _moment(self._clock()), "level": level}
        line = self._render(head | line_of(given, on_card_number=self._on_card_number))
        if len(line) > LINE_MAX:
            event = line_of({"event": str(given.get("event"))[:_EVENT_CUT]}, on_card_number=self._on_card_number)
            line = self._render(head | event | {"fields_dropped": len(given)})
        self.sink.write(line)

    def as_processor(self, logger: WrappedLogger, method: str, given: MutableMapping[str, Any]) -> NoReturn:
        """structlog's last processor: writes, and leaves nothing to write."""
        if given.get("exc_info") is True:
            given["exc_info"] = sys.exc_info()
        if isinstance(logger, _Named) and logger.name:
            given.setdefault("logger", logger.name)
        self.write("error" if method == "exception" else method, given)
        raise structlog.DropEvent


class _Named:
    """What structlog wraps: nothing but the name in `get_logger(name)`."""

    def __init__(self, name: str = "") -> None:
        self.name = name


class _Bridge(logging.Handler):
    """Records of the standard library into the chain."""

    def __init__(self, chain: _Chain) -> None:
        super().__init__()
        self._chain = chain

    def emit(self, record: logging.LogRecord) -> None:
        try:
            event = record.getMessage()
        except Exception:  # the caller's format and arguments disagree; that must not stop the caller
            event = str(record.msg)
        fields = {"event": event, "logger": record.name, "exc_info": record.exc_info}
        self._chain.write(record.levelname.lower(), fields)


class _Pretty:
    """The form for people."""

    def __init__(self, *, colors: bool) -> None:
        self._console = structlog.dev.ConsoleRenderer(
            colors=colors,
            sort_keys=False,
            timestamp_key="at",
            exception_formatter=structlog.dev.plain_traceback,
        )

    def __call__(self, fields: dict[str, Any]) -> bytes:
        return f"{self._console(None, '', fields)}\n".encode("utf-8", "replace")


def _json_line(fields: dict[str, Any]) -> bytes:
    return msgspec.json.encode(fields) + b"\n"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _configure_structlog(chain: _Chain, level: int) -> None:
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, chain.as_processor],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Named,
        cache_logger_on_first_use=False,
    )


def _route_standard_library(chain: _Chain, level: int) -> None:
    logging.root.handlers = [_Bridge(chain)]
    logging.root.setLevel(level)
    for existing in logging.root.manager.loggerDict.values():
        if isinstance(existing, logging.Logger):
            existing.handlers = []
            existing.propagate = True
    for talkative in TALKATIVE:
        logging.getLogger(talkative).setLevel(max(level, logging.WARNING))
    logging.captureWarnings(True)
