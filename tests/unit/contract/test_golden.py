"""Messages, events and envelopes of earlier versions are read for ever; today's are written as they were.

The files are never edited. A new version adds files.
"""

from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path

import pytest

from producers.contract.commands import Charge
from producers.contract.envelope import Contents
from producers.contract.events import Event, decode, encode
from producers.contract.hold_warnings import HoldData
from producers.contract.names import (
    ACTOR_CHARGE,
    ACTOR_CHARGE_BATCH,
    CHARGEBACK_TYPES,
    EVENT_TYPES,
    MESSAGE_VERSION,
    QUEUE_BATCHES,
    QUEUE_PAYMENTS,
    SPLIT_TYPES,
)
from producers.contract.payment_data import PaymentData
from producers.contract.split_events import SplitData
from producers.contract.states import STATES
from producers.contract.tokens import open_token, parse_token
from producers.contract.versions import VERSIONS, Version, version_for
from producers.runtime.queue import WakeUp
from tests.unit.contract.builders import (
    ABSENT,
    NOW_MS,
    PAYMENT_ID,
    a_charge,
    facts,
    parsed,
    reference_fields,
    sealed,
    threeds_fields,
)
from tests.unit.contract.envelopes import contents, parts
from tests.unit.contract.tokens import KEPT, SCOPE, VAULT, a_charge_by_token, a_token, the_token
from workers.event_loop.delivery import Delivery, read

GOLDEN = Path(__file__).parents[2] / "golden"
WARNINGS = sorted(GOLDEN.glob("events/payment.hold_expiring.*.json"))
EVENTS = sorted({*GOLDEN.glob("events/payment.*.json")} - {*WARNINGS})
CHARGEBACKS = sorted(GOLDEN.glob("events/chargeback.*.json"))
SPLITS = sorted(GOLDEN.glob("events/split.*.json"))
ENVELOPES = sorted(GOLDEN.glob("envelope/*.b64"))
#: What was sealed into each golden envelope of the versions for plain charges, and of those with words for more.
PLAIN = {
    "card": a_charge(expires_at_ms=NOW_MS + 3_600_000),
    "reference": parsed(reference_fields(description=ABSENT)),
}
MORE = {
    "threeds": a_charge(threeds2_data=threeds_fields(), statement_descriptor_suffix="Kettles"),
    "hold": parsed(reference_fields(settle=False)),
    "two-phase": parsed(reference_fields(mode="two_phase")),
}
CONTINUED = {
    "continued": a_charge(backup={"payment_id": PAYMENT_ID}, needs_customer="link"),
}
IDENTIFIED = {
    "identified": a_charge(customer="cust-42", customer_ip="192.0.2.7"),
}
BY_TOKEN = {
    "token": a_charge_by_token(),
}
SEALED = {**PLAIN, **MORE, **CONTINUED, **IDENTIFIED, **BY_TOKEN}


@pytest.mark.parametrize("file", [*EVENTS, *CHARGEBACKS, *WARNINGS, *SPLITS], ids=lambda file: file.stem)
def test_every_event_ever_written_decodes(file: Path) -> None:
    """The event says what the file's name says, and is written today as it was then."""
    data = file.read_bytes().strip()
    event = decode(data)
    assert (_said(event) in file.name, encode(event)) == (True, data)


def test_every_type_of_event_has_a_golden_file() -> None:
    """A new type of event comes with its file."""
    assert {_said(decode(file.read_bytes())) for file in EVENTS} == set(EVENT_TYPES) <= set(STATES)
    assert {_said(decode(file.read_bytes())) for file in CHARGEBACKS} == set(CHARGEBACK_TYPES)
    assert {_said(decode(file.read_bytes())) for file in SPLITS} == set(SPLIT_TYPES)
    assert {_said(decode(file.read_bytes())) for file in WARNINGS} == {"hold_expiring"}


@pytest.mark.parametrize(
    ("name", "wake_up", "queue", "actor"),
    [
        ("charge", WakeUp("ORD-1001", NOW_MS), QUEUE_PAYMENTS, ACTOR_CHARGE),
        ("charge.swept", WakeUp("ORD-1001", NOW_MS, 3), QUEUE_PAYMENTS, ACTOR_CHARGE),
        ("charge_batch", WakeUp("ORD-1001", NOW_MS, batch=True), QUEUE_BATCHES, ACTOR_CHARGE_BATCH),
    ],
)
def test_every_message_ever_written_decodes(name: str, wake_up: WakeUp, queue: str, actor: str) -> None:
    """The message means the order it meant then, and is written today as it was then."""
    data = (GOLDEN / "messages" / f"{name}.v1.json").read_bytes().strip()
    assert read(data, queue=queue, actors={actor}) == Delivery(
        redis_id=wake_up.message_id.encode(),
        queue=queue,
        actor=actor,
        order_id="ORD-1001",
        version=MESSAGE_VERSION,
        message_id=wake_up.message_id,
        enqueued_at_ms=NOW_MS,
    )
    assert wake_up.encode() == data


@pytest.mark.parametrize("file", ENVELOPES, ids=lambda file: file.stem)
def test_every_envelope_ever_sealed_opens(file: Path) -> None:
    """With the keys of then it opens to what was sealed."""
    charge = SEALED[file.name.partition(".")[0]]
    expected = Contents(charge.instrument, charge.threeds)
    assert contents(b64decode(file.read_text()), expect=facts(charge)) == expected


@pytest.mark.parametrize("name", SEALED)
def test_a_header_is_spelled_as_it_was(name: str) -> None:
    """Of the versions that are written now, header and length are those of the file."""
    version = version_for(SEALED[name])
    data, today = b64decode(_envelope(name, version.number).read_text()), sealed(SEALED[name])
    assert (parts(data)[0], len(data)) == (parts(today)[0], len(today))


def test_every_version_has_its_golden_files() -> None:
    """A new version of the envelope comes with a file of each kind."""
    assert {*ENVELOPES} == {
        _envelope(name, version.number) for version in VERSIONS.values() for name in _kinds(version)
    }


def test_every_token_ever_made_opens() -> None:
    """It shows what it showed, is the card that it was, and is spelled as it would be today."""
    token = parse_token(the_token())
    assert (token.scope, token.last4, token.brand, token.exp_month, token.exp_year) == (SCOPE, "1111", "Visa", 4, 2031)
    assert (open_token(token, VAULT), len(a_token().text)) == (KEPT, len(token.text))


def _kinds(version: Version) -> Mapping[str, Charge]:
    if version.by_token:
        return BY_TOKEN
    if version.identified:
        return IDENTIFIED
    return PLAIN if version.plain else CONTINUED if version.continued else MORE


def _said(event: Event) -> str:
    match event.data:
        case PaymentData(state=state) | SplitData(state=state):
            return state
        case HoldData():
            return "hold_expiring"
        case chargeback:
            return chargeback.status


def _envelope(name: str, version: int) -> Path:
    return GOLDEN / "envelope" / f"{name}.v{version}.b64"
