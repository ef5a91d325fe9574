"""Everything that is logged in a process, by whomever, becomes one clean line."""

import io
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
import structlog

from producers.runtime.card_scanner import REMOVED
from producers.runtime.log_sink import LINE_MAX
from producers.runtime.logs import Logs, configure_logging

CARD = "4111 1111 1111 1111"


@dataclass
class Told:
    """What logging is told."""

    log_format: str = "json"
    log_level: str = "info"


@dataclass
class Book:
    """Where the lines of a test go."""

    stream: io.StringIO
    logs: Logs
    bridge: logging.Handler
    hits: list[int]

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(line) for line in self.stream.getvalue().splitlines()]

    @property
    def last(self) -> dict[str, Any]:
        return self.lines[-1]


@pytest.fixture
def book() -> Iterator[Book]:
    """A configured process whose clock stands at the epoch."""
    stream, hits = io.StringIO(), []  # type: tuple[io.StringIO, list[int]]
    with configure_logging(Told(), stream=stream, on_card_number=lambda: hits.append(1), clock=lambda: 0.0) as logs:
        yield Book(stream, logs, logging.root.handlers[0], hits)


def test_an_event_is_one_json_line(book: Book) -> None:
    """Time, level and event come first, then the fields, with the logger's name."""
    structlog.get_logger("workers.duties.sweeper").warning("orders_enqueued", count=3)
    assert book.stream.getvalue() == (
        '{"at":"1970-01-01T00:00:00.000Z","level":"warning","event":"orders_enqueued","count":3,'
        '"logger":"workers.duties.sweeper"}\n'
    )


def test_the_level_is_kept(book: Book) -> None:
    """Below the level nothing is written, whoever logs."""
    structlog.get_logger().debug("unseen")
    logging.getLogger("redis").debug("unseen")
    assert book.lines == []


def test_context_is_in_every_line(book: Book) -> None:
    """Ids bound to the context come with each event."""
    with structlog.contextvars.bound_contextvars(order_id="o-1", holder="x"):
        structlog.get_logger().info("order_moved")
    assert (book.last["order_id"], book.last["fields_dropped"]) == ("o-1", 1)


@pytest.mark.parametrize("name", ["dramatiq.worker", "redis.client", "uvicorn.error", "asyncio"])
def test_libraries_go_through_the_same_chain(book: Book, name: str) -> None:
    """What libraries log is cleaned like our own."""
    logging.getLogger(name).warning("card %s", CARD)
    assert (book.last["logger"], book.last["event"], book.hits) == (name, REMOVED, [1])


def test_a_library_that_wrote_for_itself_does_so_no_more(book: Book) -> None:
    """Handlers set up before are taken off, so that nothing passes by the scanner."""
    library = logging.getLogger("test_library_with_a_handler")
    library.addHandler(logging.StreamHandler(io.StringIO()))
    library.propagate = False
    with configure_logging(Told(), stream=book.stream):
        library.warning("through")
        assert (library.handlers, book.last["event"]) == ([], "through")


def test_a_wrong_format_does_not_stop_the_caller(book: Book) -> None:
    """Arguments that do not fit their format leave the format."""
    record = logging.LogRecord("redis", logging.WARNING, __file__, 1, "%d messages", ("many",), None)
    book.bridge.handle(record)
    assert book.last["event"] == "%d messages"


def test_every_request_of_the_http_library_is_not_an_event(book: Book) -> None:
    """httpx says a line per request at info; it is not wanted."""
    logging.getLogger("httpx").info("HTTP Request: POST")
    assert book.lines == []


def test_warnings_are_events(book: Book) -> None:
    """Python's warnings become lines of the logger `py.warnings`."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with configure_logging(Told(), stream=book.stream):
            warnings.warn("old way", DeprecationWarning, stacklevel=1)
    assert (book.last["logger"], "old way" in book.last["event"]) == ("py.warnings", True)


def test_an_exception_comes_without_its_locals(book: Book) -> None:
    """`exception` adds type, message and places."""
    card = CARD
    try:
        int(card)
    except ValueError:
        structlog.get_logger().exception("not_a_number")
    assert (book.last["level"], book.last["error"]) == ("error", f"ValueError: {REMOVED}")
    assert "1111" not in book.stream.getvalue()


def test_a_crash_of_the_process_is_an_event(book: Book) -> None:
    """The last exception of a process is a clean line."""
    sys.excepthook(ValueError, ValueError(CARD), None)
    assert (book.last["event"], book.last["error"]) == ("process_crashed", f"ValueError: {REMOVED}")


def test_stopping_by_keyboard_is_none(book: Book) -> None:
    """Ctrl-C leaves no line."""
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert book.lines == []


def test_a_crash_of_a_thread_is_an_event(book: Book) -> None:
    """A thread that dies says so, with its name."""

    def crash() -> None:
        raise ValueError(CARD)

    thread = threading.Thread(target=crash, name="sweeper")
    thread.start()
    thread.join()
    assert (book.last["event"], book.last["thread"]) == ("thread_crashed", "sweeper")
    assert book.last["error"] == f"ValueError: {REMOVED}"


def test_an_exception_nobody_can_catch_is_an_event(book: Book) -> None:
    """So is one in a finalizer."""

    class Careless:
        def __del__(self) -> None:
            raise ValueError(CARD)

    Careless()
    assert (book.last["event"], book.last["error"]) == ("exception_unraisable", f"ValueError: {REMOVED}")


def test_a_line_fits_into_a_pipe(book: Book) -> None:
    """A line that would be too long keeps its head and the start of its event."""
    text = "ė" * 1900
    structlog.get_logger().info(text, reason=text, cause=text)
    assert len(book.stream.getvalue().encode()) <= LINE_MAX
    assert (book.last["event"][:3], book.last["fields_dropped"]) == ("ėėė", 3)


def test_the_readable_form_is_clean_too() -> None:
    """On a terminal the same values are shown, escaped and scanned."""
    stream = io.StringIO()
    with configure_logging(Told(log_format="pretty"), stream=stream):
        structlog.get_logger().info("two\nlines\x1b[31m", order_id=CARD)
    assert stream.getvalue().count("\n") == 1
    assert ("two\\nlines\\x1b[31m" in stream.getvalue(), REMOVED in stream.getvalue()) == (True, True)


def test_auto_is_json_where_nobody_reads_along() -> None:
    """A stream that is no terminal gets JSON."""
    stream = io.StringIO()
    with configure_logging(Told(log_format="auto"), stream=stream):
        structlog.get_logger().info("started")
    assert msgspec.json.decode(stream.getvalue())["event"] == "started"


def test_closing_puts_everything_back() -> None:
    """Hooks and handlers are those of before."""
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook, logging.root.handlers[:])
    configure_logging(Told(), stream=io.StringIO()).close()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook, logging.root.handlers[:]) == before


def test_a_closed_stream_stops_nobody() -> None:
    """Lines that cannot be written are counted."""
    stream = io.StringIO()
    with configure_logging(Told(), stream=stream) as logs:
        stream.close()
        structlog.get_logger().info("lost")
        structlog.get_logger().info("lost")
        assert logs.lines_dropped == 2
