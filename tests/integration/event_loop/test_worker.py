"""The loop inside Dramatiq's own Worker, beside its threads and under its commands."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import dramatiq
import pytest

from producers.contract.names import ACTOR_CHARGE, QUEUE_PAYMENTS
from producers.runtime.broker import PaymentsBroker
from tests.eventually import eventually
from tests.loops import LIST, MESSAGES, Shelf, Surroundings, connect, connect_blocking, wake
from workers.event_loop import EventLoop, EventLoopError

#: A queue of an ordinary actor.
MAIL = "mail"


@dataclass
class House:
    """A broker with a payments actor on the loop, a mail actor on stock threads, and who ran what where."""

    broker: PaymentsBroker
    event_loop: EventLoop
    runtime: Surroundings
    charged: list[tuple[str, str]] = field(default_factory=list)
    mailed: list[tuple[str, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def mail(self, text: str) -> None:
        """Send by Dramatiq's own hand."""
        self.broker.enqueue(dramatiq.Message(queue_name=MAIL, actor_name=MAIL, args=(text,), kwargs={}, options={}))


@pytest.fixture
def house(queue_url: str) -> Iterator[House]:
    """Declared, not started."""
    runtime = Surroundings()
    failures: list[str] = []
    event_loop = EventLoop(lambda: connect(queue_url), runtime, Shelf(), on_failure=lambda: failures.append("loop"))
    broker = PaymentsBroker(connect_blocking(queue_url), middleware=[event_loop])
    house = House(broker, event_loop, runtime, failures=failures)

    @dramatiq.actor(actor_name=ACTOR_CHARGE, queue_name=QUEUE_PAYMENTS, broker=broker)
    async def charge(order_id: str, version: int) -> None:
        house.charged.append((order_id, threading.current_thread().name))

    @dramatiq.actor(actor_name=MAIL, queue_name=MAIL, broker=broker)
    def mail(text: str) -> None:
        house.mailed.append((text, threading.current_thread().name))

    yield house
    broker.close()


def test_each_actor_runs_where_it_belongs(house: House, queue_url: str) -> None:
    """Coroutines run on the loop, ordinary functions on stock threads, in one worker."""
    worker = dramatiq.Worker(house.broker, worker_threads=1, worker_timeout=50)
    worker.start()
    wake(queue_url, ["ORD-1"])
    house.mail("hello")
    eventually(lambda: house.charged and house.mailed, "both actors")
    worker.stop()
    assert house.charged == [("ORD-1", "event-loop")]
    assert [text for text, thread in house.mailed if thread != "event-loop"] == ["hello"]
    assert house.event_loop.exit_code == 0
    assert house.runtime.told == ["open", "drain", "close"]


def test_without_ordinary_actors_there_are_no_stock_threads(queue_url: str) -> None:
    """The loop is the only thread of the worker, and no stock consumer touches its queue."""
    event_loop = EventLoop(lambda: connect(queue_url), Surroundings(), Shelf())
    broker = PaymentsBroker(connect_blocking(queue_url), middleware=[event_loop])

    @dramatiq.actor(queue_name=QUEUE_PAYMENTS, broker=broker)
    async def charge(order_id: str, version: int) -> None: ...

    worker = dramatiq.Worker(broker)
    worker.start()
    assert (len(worker.workers), worker.consumers) == (1, {})
    worker.stop()
    broker.close()
    assert event_loop.exit_code == 0


def test_other_queues_only(house: House, queue_url: str) -> None:
    """A worker told to listen elsewhere (-Q) starts no loop and leaves payments on the queue."""
    worker = dramatiq.Worker(house.broker, queues={MAIL}, worker_threads=1, worker_timeout=50)
    worker.start()
    wake(queue_url, ["ORD-1"])
    house.mail("hello")
    eventually(lambda: house.mailed, "the mail actor")
    worker.stop()
    assert (house.charged, house.runtime.told, house.event_loop.exit_code) == ([], [], 0)


def test_payments_only(house: House, queue_url: str) -> None:
    """A worker told to listen to payments alone leaves the mail on its queue."""
    worker = dramatiq.Worker(house.broker, queues={QUEUE_PAYMENTS}, worker_threads=1)
    worker.start()
    wake(queue_url, ["ORD-1"])
    house.mail("hello")
    eventually(lambda: house.charged, "the payments actor")
    worker.stop()
    assert house.mailed == []


def test_pause_and_resume(house: House, queue_url: str) -> None:
    """`Worker.pause` returns once nothing is fetched any more, and `resume` goes on."""
    worker = dramatiq.Worker(house.broker, queues={QUEUE_PAYMENTS})
    worker.start()
    eventually(lambda: house.runtime.told == ["open"], "an open runtime")
    worker.pause()
    wake(queue_url, ["ORD-1"])
    with connect_blocking(queue_url) as look:
        assert look.llen(LIST) == 1
        worker.resume()
        eventually(lambda: not look.exists(MESSAGES), "an empty queue")
    worker.stop()
    assert [order_id for order_id, _ in house.charged] == ["ORD-1"]


def test_a_loop_that_fails_ends_the_process_once(house: House) -> None:
    """It asks for the end of the process, which then exits as failed."""

    def refuse() -> None:
        raise LookupError("no ledger")

    house.runtime.on_open = refuse
    worker = dramatiq.Worker(house.broker, queues={QUEUE_PAYMENTS})
    worker.start()
    eventually(lambda: house.failures, "a failure")
    worker.stop()
    assert house.failures == ["loop"]
    assert house.event_loop.exit_code == 70


def test_a_queue_of_both_kinds_is_refused(house: House) -> None:
    """Stock threads and the loop would take each other's messages: the boot stops and names the actor."""

    @dramatiq.actor(actor_name="refund", queue_name=QUEUE_PAYMENTS, broker=house.broker)
    def refund(order_id: str) -> None: ...

    with pytest.raises(EventLoopError, match="'refund'"):
        dramatiq.Worker(house.broker).start()


def test_a_message_sent_by_an_actor_itself_arrives(house: House, queue_url: str) -> None:
    """`actor.send` enqueues by the repeatable script, in a form the loop accepts."""
    worker = dramatiq.Worker(house.broker, queues={QUEUE_PAYMENTS})
    worker.start()
    house.broker.get_actor(ACTOR_CHARGE).send("ORD-1", 1)
    eventually(lambda: house.charged, "the payments actor")
    worker.stop()
    with connect_blocking(queue_url) as look:
        assert not look.exists(LIST, MESSAGES)


def test_a_delay_is_refused(house: House) -> None:
    """Delayed messages would wait in a worker's memory; the ledger has due times."""
    with pytest.raises(ValueError, match="due time"):
        house.broker.get_actor(ACTOR_CHARGE).send_with_options(args=("ORD-1", 1), delay=1000)
