"""What may continue an order: the orders that are sealed for it, and how they are called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cardinity_client.models.payments import Card, PaymentReference
from producers.contract.commands import BATCH_COLUMNS, MORE_COLUMNS
from producers.contract.envelope import Contents, Linked
from producers.contract.fields import Refusal, read_order_id
from producers.contract.succession import (
    BACKUP,
    NEEDS_CUSTOMER,
    backup_of,
    bridge_of,
    is_successor,
    ref_of,
    root_of,
    successor_id,
)
from producers.contract.versions import WRITTEN, WRITTEN_CONTINUED, WRITTEN_WITH_MORE
from producers.errors import EnvelopeError
from tests.unit.contract.builders import ABSENT, PAYMENT_ID, a_charge, facts, parsed, reference_fields, sealed
from tests.unit.contract.envelopes import contents

CARD = {"pan": "5555555555554444", "exp_month": 4, "exp_year": 2031, "cvc": "123", "holder": "Ona Petraityte"}
REFERENCE = {"payment_id": PAYMENT_ID}
BOTH = a_charge(backup=REFERENCE, needs_customer="link", statement_descriptor_suffix="Kettles")


def test_a_charge_says_how_it_may_be_continued() -> None:
    """In the words of its row; a plain charge says nothing."""
    given: tuple[dict[str, object], ...] = (
        {},
        {"backup": CARD},
        {"needs_customer": "link"},
        {"backup": REFERENCE, "needs_customer": "link"},
    )
    assert [a_charge(**more).further for more in given] == ["", "backup", "link", "backup link"]


def test_the_backup_is_read_as_the_first_instrument_is() -> None:
    """A card by its fields, or an earlier payment."""
    backup = a_charge(backup=CARD).backup
    assert isinstance(backup, Card)
    assert (backup.last4, backup.holder) == ("4444", "Ona Petraityte")
    assert a_charge(backup=REFERENCE).backup == PaymentReference(PAYMENT_ID)


def test_absent_is_absent_here_too() -> None:
    """Null and empty mean what leaving them out means."""
    assert a_charge(backup=None, needs_customer="") == a_charge()


def test_the_orders_behind_it_have_names_that_nobody_can_give() -> None:
    """The link comes behind the backup, and is the next where there is none."""
    alone = bridge_of(a_charge(needs_customer="link"))
    backup, bridge = backup_of(BOTH), bridge_of(BOTH)
    assert backup and bridge and alone
    names = (backup.order_id, bridge.order_id, alone.order_id)
    assert names == ("ORD-1001-a2", "ORD-1001-a3", "ORD-1001-a2")
    for name in names:
        assert (is_successor(name), root_of(name)) == (True, "ORD-1001")
        with pytest.raises(Refusal):
            read_order_id(name)


def test_what_is_no_successor_is_its_own_root() -> None:
    """Names of callers stay what they are."""
    for name in ("ORD-1001", "ORD-a", "a2", "ORD-a2x", ""):
        assert (is_successor(name), root_of(name)) == (False, name)


def test_the_backup_takes_the_same_money_from_another_instrument() -> None:
    """All but the instrument is the first charge's; only a link may come after it."""
    expected = replace(
        BOTH, order_id="ORD-1001-a2", instrument=PaymentReference(PAYMENT_ID), backup=None, needs_customer=True
    )
    assert backup_of(BOTH) == expected


def test_the_link_asks_for_the_same_money() -> None:
    """With the customer's country and the merchant's description, and not made after the order's own time."""
    charge = a_charge(needs_customer="link").expiring(1_800_000_000_000)
    link = bridge_of(charge)
    assert link is not None
    assert (link.amount, link.country, link.description) == (charge.amount, charge.country, charge.description)
    assert (link.expires_at_ms, link.ends_at_ms, link.account) == (1_800_000_000_000, None, charge.account)


def test_each_is_sealed_for_itself() -> None:
    """The envelope of one does not open for another, and the first says in its version that others stand behind it."""
    backup, bridge = backup_of(BOTH), bridge_of(BOTH)
    assert backup and bridge
    envelopes = [sealed(order) for order in (BOTH, backup, bridge)]
    versions = [WRITTEN_CONTINUED, WRITTEN_CONTINUED, WRITTEN_WITH_MORE]
    assert [envelope[0] for envelope in envelopes] == [version.number for version in versions]
    assert contents(envelopes[1], expect=facts(backup)) == Contents(PaymentReference(PAYMENT_ID))
    assert contents(envelopes[2], expect=facts(bridge)) == Contents(Linked(None))
    for envelope in envelopes[1:]:
        with pytest.raises(EnvelopeError, match="another order_id"):
            contents(envelope, expect=facts(BOTH))


def test_a_row_cannot_lose_what_stands_behind_it() -> None:
    """The words of the row are those of the header, or it does not open."""
    with pytest.raises(EnvelopeError, match="another further"):
        contents(sealed(BOTH), expect=facts(BOTH, further=""))
    assert sealed(a_charge())[0] == WRITTEN.number


def test_the_gateway_knows_a_link_by_its_token() -> None:
    """A charge by its order_id, which is the successor's own."""
    name = successor_id("ORD-1", NEEDS_CUSTOMER, has_backup=False)
    assert (ref_of(name, BACKUP), ref_of(name, NEEDS_CUSTOMER)[:3]) == ("ORD-1-a2", "cb-")


def test_a_cell_may_ask_for_a_link() -> None:
    """And no cell holds a second instrument."""
    assert "needs_customer" in MORE_COLUMNS
    assert "backup" not in (*MORE_COLUMNS, *BATCH_COLUMNS)
    assert parsed(reference_fields(needs_customer="link", backup=ABSENT)).needs_customer
