"""A data key seals so many cards and for so long, whoever seals: one thread, many, or a forked child."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from cardinity_client.secret import Secret
from producers.contract.data_keys import WRAPPED_BYTES
from producers.contract.envelope import facts_of, open_envelope
from producers.contract.key_formats import SigningKeys
from producers.data_key_supply import AGE_MAX_S, CARDS_MAX, DataKeySupply
from producers.vault import Sealer
from tests.unit.contract.builders import NOW_MS, OPENING, PRODUCER_KEY, REGISTRY, SEALING
from tests.unit.contract.envelopes import CHARGE, parts

THREADS = 8


class _Clock:
    """Seconds that pass when told."""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_data_key_seals_so_many_cards() -> None:
    """The last card it may seal is the thousandth; the next has another key."""
    supply = DataKeySupply(lambda: SEALING, "shop", clock=_Clock())
    keys = [supply.take() for _ in range(2 * CARDS_MAX)]
    assert Counter(map(id, keys)) == {id(keys[0]): CARDS_MAX, id(keys[-1]): CARDS_MAX}


def test_a_data_key_seals_for_so_long() -> None:
    """Within its minute it is used; from its end on it is not."""
    clock = _Clock()
    supply = DataKeySupply(lambda: SEALING, "shop", clock=clock)
    first = supply.take()
    clock.now_s += AGE_MAX_S - 0.001
    assert supply.take() is first
    clock.now_s += 0.001
    assert supply.take() is not first


def test_threads_share_data_keys_and_keep_their_bound() -> None:
    """However threads meet, no key seals more cards than it may, and one is made for about as many cards."""
    supply = DataKeySupply(lambda: SEALING, "shop", clock=_Clock())
    with ThreadPoolExecutor(THREADS) as threads:
        batches = list(threads.map(lambda _: [supply.take() for _ in range(CARDS_MAX)], range(THREADS)))
    uses = Counter(id(key) for batch in batches for key in batch)
    assert (sum(uses.values()), max(uses.values())) == (THREADS * CARDS_MAX, CARDS_MAX)


def test_a_sealer_in_threads_keeps_the_bound() -> None:
    """Every envelope opens, and no wrapped key stands in more of them than it may."""
    sealer = _sealer()
    with ThreadPoolExecutor(THREADS) as threads:
        envelopes = list(threads.map(lambda _: sealer.seal(CHARGE, now_ms=NOW_MS), range(3 * CARDS_MAX)))
    uses = Counter(map(_wrapped, envelopes))
    assert max(uses.values()) <= CARDS_MAX
    assert all(_opens(data) for data in envelopes)


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_makes_its_own_data_key() -> None:
    """Parent and child share a sealer and no data key; both seal what workers open."""
    sealer = _sealer()
    before = sealer.seal(CHARGE, now_ms=NOW_MS)
    child = _sealed_by_a_child(sealer)
    after = sealer.seal(CHARGE, now_ms=NOW_MS)
    assert _wrapped(before) == _wrapped(after) != _wrapped(child)
    assert _opens(child)


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_fork_amid_sealing_threads_leaves_nothing_locked() -> None:
    """A child of a process whose other threads are sealing seals on."""
    sealer = _sealer()
    with _sealing(sealer):
        children = [_sealed_by_a_child(sealer) for _ in range(20)]
    assert len({*map(_wrapped, children)}) == len(children)
    assert all(_opens(data) for data in children)


@contextmanager
def _sealing(sealer: Sealer) -> Iterator[None]:
    """Threads that seal card after card."""
    going = True

    def seal() -> None:
        while going:
            sealer.seal(CHARGE, now_ms=NOW_MS)

    with ThreadPoolExecutor(2) as threads:
        under_way = [threads.submit(seal) for _ in range(2)]
        try:
            yield
        finally:
            going = False
    for one in under_way:
        one.result()


def _sealed_by_a_child(sealer: Sealer) -> bytes:
    """What a forked child seals; a child that hangs is ended by its own alarm, and has sealed nothing."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            signal.alarm(30)
            os.write(writer, sealer.seal(CHARGE, now_ms=NOW_MS))
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return data


def _sealer() -> Sealer:
    return Sealer(lambda: SEALING, SigningKeys(PRODUCER_KEY, Secret(b"f" * 32)), "test")


def _wrapped(data: bytes) -> bytes:
    return parts(data)[1][:WRAPPED_BYTES]


def _opens(data: bytes) -> bool:
    expect = facts_of(CHARGE, producer="shop", mode="test")
    contents = open_envelope(data, keys=OPENING, producers=REGISTRY, expect=expect, now_ms=NOW_MS)
    return contents.instrument == CHARGE.instrument
