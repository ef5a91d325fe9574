"""Which order a message in quarantine names."""

from __future__ import annotations

import pytest

from workers.operations.quarantined import Aside


@pytest.mark.parametrize(
    ("beginning", "order_id"),
    [
        (b'{"args":["ORD-1",1],"options":{"on_success":{}}}', "ORD-1"),
        (b'{"args":["ORD-1",1]', ""),
        (b'{"args":["no order at all",1]}', ""),
        (b'{"args":["ORD-1"]}', ""),
        (b'{"args":[[],1]}', ""),
        (b"\xff\xfe", ""),
        (b"", ""),
    ],
)
def test_only_what_can_be_an_order_is_named(beginning: bytes, order_id: str) -> None:
    """Whatever else the message wants is nobody's business."""
    assert Aside("1-0", "message_format", len(beginning), False, beginning).order_id == order_id


def test_a_message_that_was_cut_names_nothing() -> None:
    """What follows the cut may say another thing."""
    beginning = b'{"args":["ORD-1",1]}'
    assert Aside("1-0", "message_format", len(beginning) + 1, False, beginning).order_id == ""
