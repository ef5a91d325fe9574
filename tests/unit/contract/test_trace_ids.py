"""The ids of an order's trace follow from the order."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from producers.contract.trace_ids import TraceIds, trace_ids

EPOCH = "e" * 32


def test_an_order_has_the_same_ids_in_every_release() -> None:
    """Ids that a worker of this release gives an order are those that one of the next will look for."""
    expected = TraceIds(0x2B18F0D8914A7367E9A25F63B7AA1DAC, 0x911F466631FD52D5)
    assert trace_ids(EPOCH, "ORD-1") == expected


def test_the_ids_are_parts_of_one_hash() -> None:
    """Sixteen bytes name the trace, the next eight its first span."""
    digest = hashlib.sha256(b"cardinity-batch trace 1\0" + EPOCH.encode() + b"\0ORD-1").hexdigest()
    ids = trace_ids(EPOCH, "ORD-1")
    assert (f"{ids.trace_id:032x}", f"{ids.root_id:016x}") == (digest[:32], digest[32:48])


@given(st.text(max_size=40), st.text(max_size=60))
def test_ids_are_what_w3c_takes(epoch: str, order_id: str) -> None:
    """They fit into 128 and 64 bits, and are never zero."""
    ids = trace_ids(epoch, order_id)
    assert 0 < ids.trace_id < 2**128
    assert 0 < ids.root_id < 2**64


def test_another_ledger_has_another_trace() -> None:
    """The same order_id elsewhere is another order, and no two halves of an id can be shifted into each other."""
    known = {
        trace_ids(EPOCH, "ORD-1"),
        trace_ids("f" * 32, "ORD-1"),
        trace_ids(EPOCH, "ORD-2"),
        trace_ids(EPOCH + "O", "RD-1"),
    }
    assert len(known) == 4
