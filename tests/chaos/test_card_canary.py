"""Card data are readable nowhere, whatever goes wrong: not in Redis, on disk, in logs, metrics, events or processes.

One run with faults of every kind, a killed worker and a Redis that is away for a while is searched twice: during the
outage, when outcomes lie in the spool, and at its end.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import redis

from producers.contract.names import QUEUE_PAYMENTS
from producers.errors import InvalidCommand
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from tests.chaos import remains
from tests.chaos.canary import Canary, Planted
from tests.chaos.oracle import Books, read_books, until_closed, violations
from tests.chaos.wire import gateway_wire
from tests.eventually import eventually
from tests.stack import Stack

pytestmark = pytest.mark.slow

#: Published test cards, one approved and one declined, with a code and a holder that nothing else here has.
CARDS = (
    Planted("5555555555554444", "973", "Xenophilia Quartermain"),
    Planted("5454545454540109", "846", "Zebulon Featherstonehaugh"),
)
ORDERS = 120
FAULTS = (
    "charge_then_reset",
    "reset_before",
    "hang_before",
    "http_500_after",
    "redirect_307",
    "html_200",
    "truncated_json",
    "oversized_body",
    "duplicate_keys",
    "wrong_order_in_body",
    "wrong_amount_in_body",
    "processing",
)
SPOOLED = "ORD-spooled"
#: Redis has to be gone while that order's request is on its way: D is longer here, and all that must be longer than it.
PATIENT = {"ATTEMPT_DEADLINE_S": "2", "LEASE_S": "4", "ABSENCE_HORIZON_S": "5"}
#: Every command is a slow one: the slow log is a place where a server keeps what it was told.
REMEMBERS_COMMANDS = {"slowlog-log-slower-than": "0", "slowlog-max-len": "100000"}


@dataclass(frozen=True, slots=True)
class Search:
    """Places that were looked at, and what was found where."""

    places: frozenset[str]
    finds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Both searches, and the books at the end."""

    in_the_outage: Search
    at_the_end: Search
    books: Books


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    """A faulty run under the product's own command line."""
    faults = [
        {"fault": "slow_answer", "order_id": SPOOLED, "delay_ms": 1},  # and none of the others
        *({"fault": fault, "rate": 0.03, "delay_ms": 200} for fault in FAULTS),
    ]
    settings = {"METRICS_PORT": "0", "LOG_LEVEL": "debug", **PATIENT}
    directory = tmp_path_factory.mktemp("canary")
    valkey = EmbeddedValkey(directory / "valkey", config=REMEMBERS_COMMANDS)
    with (
        Stack(directory, faults=faults, settings=settings, valkey=valkey) as stack,
        gateway_wire(stack) as (wire, over_it),
    ):
        _accept_what_will_be_refused(stack)
        host = stack.start(sys.executable, "-m", "workers.cli", "worker", "--json", "--processes", "2", env=over_it)
        page = eventually(lambda: _said(stack, "serving"), "the metrics are served")[0]["url"] + "/metrics"
        _accept(stack)
        eventually(lambda: len(stack.charges()) > ORDERS / 2, "half of the orders are sent")
        subprocess.run(["kill", "-9", str(_said(stack, "started")[0]["pid"])], check=True)  # noqa: S607
        until_closed(stack)
        wire.hold_request(SPOOLED.encode())
        with stack.enqueuer() as enqueuer:
            enqueuer.charge(order_id=SPOOLED, amount="10.00", currency="EUR", country="LT", **CARDS[0].fields)
        eventually(lambda: wire.matches, "the request is on its way")
        stack.valkey.kill()
        wire.release()
        spool = stack.settings().state_dir / "spool"
        eventually(lambda: any(path.stat().st_size for path in spool.glob("*.jsonl")), "the outcome is on disk")
        in_the_outage = _search(stack, page, redis_too=False)
        stack.valkey.start()
        until_closed(stack)
        at_the_end = _search(stack, page, redis_too=True)
        books = read_books(stack)
        host.terminate()
        host.wait()
        return Aftermath(in_the_outage, at_the_end, books)


def test_no_card_is_readable_during_the_outage(aftermath: Aftermath) -> None:
    """With outcomes in the spool and Redis away, no form of a card is in files, metrics or shown of processes."""
    assert aftermath.in_the_outage.finds == ()


def test_no_card_is_readable_at_the_end(aftermath: Aftermath) -> None:
    """After it all no form of a card is in Redis, its append-only file, logs, metrics, events, spool or processes."""
    assert aftermath.at_the_end.finds == ()


@pytest.mark.parametrize(
    "place",
    [
        f"key {keys.order('ORD-1')}",
        f"key {keys.EVENTS}",
        f"key {keys.QUARANTINE}",
        "key dramatiq:",
        "slow log",
        "file valkey/appendonlydir/",
        "file valkey/valkey.log",
        "file 1.log",
        "http://",
        *(["cmdline of", "environ of"] if remains.PROC.exists() else []),
    ],
)
def test_the_search_looked_there(aftermath: Aftermath, place: str) -> None:
    """Each place a card could be left at was there to be searched, and was not empty."""
    assert any(where.startswith(place) for where in aftermath.at_the_end.places)


def test_the_search_saw_the_spool(aftermath: Aftermath) -> None:
    """The first search found an outcome in the spool."""
    assert any(where.startswith("file state/spool/") for where in aftermath.in_the_outage.places)


def test_the_books_agree(aftermath: Aftermath) -> None:
    """Charges equal outcomes, one final event per order, one post per intent, nothing is open."""
    assert violations(aftermath.books) == []


def _accept_what_will_be_refused(stack: Stack) -> None:
    """Two orders whose sealed cards were swapped, a message of somebody else, and a card where none belongs."""
    with stack.enqueuer() as enqueuer:
        for number, card in enumerate(CARDS):
            enqueuer.charge(order_id=f"SWAPPED-{number}", amount="10.00", currency="EUR", country="LT", **card.fields)
        with pytest.raises(InvalidCommand):
            about = f"card {CARDS[0].pan}"
            enqueuer.charge(
                order_id="TALKATIVE", amount="10.00", currency="EUR", country="LT", description=about, **CARDS[1].fields
            )
    with redis.Redis.from_url(stack.valkey.url(1)) as ledger, redis.Redis.from_url(stack.valkey.url(0)) as queue:
        envelopes = [ledger.hget(keys.order(f"SWAPPED-{number}"), "envelope") for number in (0, 1)]
        for number, envelope in enumerate(reversed(envelopes)):
            assert envelope is not None
            ledger.hset(keys.order(f"SWAPPED-{number}"), "envelope", envelope)
        queue.hset(f"dramatiq:{QUEUE_PAYMENTS}.msgs", "foreign", "no message of ours")
        queue.rpush(f"dramatiq:{QUEUE_PAYMENTS}", "foreign")


def _accept(stack: Stack) -> None:
    """Orders in process, and some through the command line, whose output is a remain like any other."""
    with stack.enqueuer() as enqueuer:
        for number in range(ORDERS):
            card = CARDS[number % 4 == 3]
            enqueuer.charge(order_id=f"ORD-{number}", amount="10.00", currency="EUR", country="LT", **card.fields)
    wrongs: tuple[dict[str, object], ...] = ({}, {"exp_year": 2020}, {"cvc": 973}, {"pam": "x"})
    for order_id, wrong in zip(("CLI-1", "CLI-2", "CLI-3", "CLI-4"), wrongs, strict=True):
        order = ("--order-id", order_id, "--amount", "10.00", "--currency", "EUR", "--country", "LT")
        said = subprocess.run(
            [sys.executable, "-m", "workers.cli", "charge", *order, "--card-file", "-", "--debug"],
            input=json.dumps({**CARDS[0].fields, **wrong}).encode(),
            env=stack.env,
            capture_output=True,
        )
        (stack.directory / f"{order_id}.said").write_bytes(said.stdout + said.stderr)


def _said(stack: Stack, event: str) -> list[dict[str, str]]:
    """What the command line of the workers has told of that kind."""
    lines = [json.loads(line) for line in (stack.directory / "1.log").read_text().splitlines() if line[:1] == "{"]
    return [line for line in lines if line.get("event") == event and "at" not in line]


def _search(stack: Stack, page: str, *, redis_too: bool) -> Search:
    canary = Canary(*CARDS)
    everything = [(where, data) for where, data in _everything(stack, page, redis_too=redis_too) if data]
    finds = (f"{where}: {name}" for where, data in everything for name in canary.sings(data))
    return Search(frozenset(where for where, _ in everything), tuple(finds))


def _everything(stack: Stack, page: str, *, redis_too: bool) -> Iterator[remains.Remain]:
    yield from remains.of_files(stack.directory)
    yield from remains.of_processes()
    yield from remains.of_page(page)
    for database in (0, 1) if redis_too else ():
        yield from remains.of_redis(stack.valkey.url(database))
