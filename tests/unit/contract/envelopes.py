"""Opening envelopes, and taking them apart as an attacker would."""

from __future__ import annotations

from producers.contract.commands import Charge
from producers.contract.data_keys import DATA_KEY_ALG
from producers.contract.envelope import Contents, open_envelope
from producers.contract.header import Facts
from producers.contract.instruments import Instrument
from producers.contract.keys import ALG, OpeningKeys, ProducerKey, ProducerRegistry, sign
from producers.errors import EnvelopeError
from tests.unit.contract.builders import NOW_MS, OPENING, PRODUCER_KEY, REGISTRY, SEALING, a_charge, facts, sealed

#: The charge most of these tests seal, and its card as it is sealed, not padded.
CHARGE = a_charge()
PLAINTEXT = (
    b'{"kind":"card","pan":"4111111111111111","exp_month":4,"exp_year":2031,"cvc":"123","holder":"Ona Petraityte"}'
)


def opened(
    data: bytes,
    *,
    keys: OpeningKeys = OPENING,
    producers: ProducerRegistry = REGISTRY,
    expect: Facts | None = None,
) -> Instrument:
    """The instrument of an envelope, by default that of `CHARGE`."""
    expected = expect or facts(CHARGE)
    found = open_envelope(data, keys=keys, producers=producers, expect=expected, now_ms=NOW_MS).instrument
    assert isinstance(found, Instrument)
    return found


def contents(data: bytes, *, expect: Facts | None = None) -> Contents:
    """All that was sealed."""
    return open_envelope(data, keys=OPENING, producers=REGISTRY, expect=expect or facts(CHARGE), now_ms=NOW_MS)


def refusal(data: bytes, *, producers: ProducerRegistry = REGISTRY, expect: Facts | None = None) -> str:
    """The code it is refused with; empty when it opens."""
    try:
        opened(data, producers=producers, expect=expect)
    except EnvelopeError as error:
        return error.code
    return ""


def parts(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Header, sealed card and signature of an envelope, by the layout's description."""
    header_end = 3 + int.from_bytes(data[1:3])
    sealed_end = header_end + 2 + int.from_bytes(data[header_end : header_end + 2])
    return data[3:header_end], data[header_end + 2 : sealed_end], data[sealed_end:]


def assembled(header: bytes, card: bytes, *, version: int = 2, key: ProducerKey = PRODUCER_KEY) -> bytes:
    """An envelope of these parts with a genuine signature."""
    signed = b"".join((bytes([version]), len(header).to_bytes(2), header, len(card).to_bytes(2), card))
    return signed + sign(key.key, signed)


def sealed_alone(charge: Charge) -> bytes:
    """Its envelope as version 1 has it: the card by an HPKE operation of its own."""
    header = parts(sealed(charge))[0].replace(b'{"v":2', b'{"v":1').replace(DATA_KEY_ALG.encode(), ALG.encode())
    return assembled(header, SEALING.seal(PLAINTEXT, header), version=1)
