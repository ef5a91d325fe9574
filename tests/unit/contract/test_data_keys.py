"""Cards under one data key open each by itself, and the key opens for its producer and its cards alone."""

from __future__ import annotations

import os
import random

import pytest

from cardinity_client.secret import Secret
from producers.contract.data_keys import WRAPPED_BYTES, DataKey
from producers.contract.envelope import seal
from producers.contract.keys import DATA_KEYS_KEPT, OpeningKeys, Producer, ProducerKey, ProducerRegistry
from producers.errors import EnvelopeError
from tests.unit.contract.builders import (
    NOW_MS,
    OPENING,
    PRIVATE,
    PRODUCER,
    PRODUCER_KEY,
    SEALING,
    a_charge,
    facts,
    sealed,
)
from tests.unit.contract.envelopes import CHARGE, PLAINTEXT, assembled, opened, parts, refusal, sealed_alone

#: A second producer, as much believed as the first.
_OTHER_KEY = ProducerKey("other", Secret(b"o" * 32))
_BOTH = ProducerRegistry([PRODUCER, Producer("other", (_OTHER_KEY.key,), frozenset({"default"}))])
_INFO = b"info"


def test_cards_of_one_data_key_open_in_any_order() -> None:
    """Each envelope is complete: workers that start with any of them open all."""
    data_key = DataKey(SEALING, "shop")
    charges = [a_charge(order_id=f"ORD-{number}") for number in range(20)]
    envelopes = [
        (charge, seal(charge, data_key=data_key, producer_key=PRODUCER_KEY, mode="test", issued_at_ms=NOW_MS))
        for charge in charges
    ]
    random.Random(1).shuffle(envelopes)
    keys = OpeningKeys([PRIVATE])
    assert all(opened(data, keys=keys, expect=facts(charge)) == charge.instrument for charge, data in envelopes)


def test_one_data_key_seals_no_card_alike() -> None:
    """The same card twice shares the wrapped key, and neither nonce nor ciphertext."""
    data_key = DataKey(SEALING, "shop")
    one, two = (data_key.seal(PLAINTEXT, b"header") for _ in range(2))
    assert one[:WRAPPED_BYTES] == two[:WRAPPED_BYTES]
    assert not {one[at : at + 12] for at in range(80, len(one) - 12)} & {
        two[at : at + 12] for at in range(80, len(two) - 12)
    }


def test_cards_of_one_data_key_cannot_change_places() -> None:
    """Between two envelopes of one data key, neither card opens beside the other's header."""
    data_key = DataKey(SEALING, "shop")
    header, other = parts(sealed(CHARGE))[0], parts(sealed(a_charge(amount="0.50")))[0]
    assert refusal(assembled(header, data_key.seal(PLAINTEXT, header))) == ""
    assert refusal(assembled(header, data_key.seal(PLAINTEXT, other))) == "envelope_auth_failed"


def test_data_keys_cannot_change_places() -> None:
    """Between two envelopes of the same producer for the same sealing key, the wrapped keys are no spare parts."""
    (header, one, _), (_, two, _) = parts(sealed(CHARGE)), parts(sealed(CHARGE))
    assert refusal(assembled(header, two[:WRAPPED_BYTES] + one[WRAPPED_BYTES:])) == "envelope_auth_failed"


def test_another_producers_data_key_stays_shut() -> None:
    """A producer that puts another's wrapped key into its own envelope is refused, also while the worker still keeps
    that key unwrapped."""
    theirs = DataKey(SEALING, "shop")
    header = parts(sealed(CHARGE, producer_key=_OTHER_KEY))[0]
    replayed = assembled(header, theirs.seal(PLAINTEXT, header), key=_OTHER_KEY)
    genuine = seal(CHARGE, data_key=theirs, producer_key=PRODUCER_KEY, mode="test", issued_at_ms=NOW_MS)
    expect = facts(CHARGE, producer="other")
    codes = [refusal(replayed, producers=_BOTH, expect=expect)]
    assert refusal(genuine, producers=_BOTH) == ""
    codes.append(refusal(replayed, producers=_BOTH, expect=expect))
    assert codes == ["envelope_auth_failed"] * 2


def test_any_flipped_bit_of_the_sealed_part_is_found_under_a_genuine_signature() -> None:
    """Each bit of wrapped key, nonce, card and tag counts by itself, whoever signed it."""
    header, content, _ = parts(sealed(CHARGE))
    flipped = (bytearray(content) for _ in range(len(content) * 8))
    codes = set()
    for bit, copy in enumerate(flipped):
        copy[bit // 8] ^= 1 << bit % 8
        codes.add(refusal(assembled(header, bytes(copy))))
    # X25519 ignores the highest bit of a point. HPKE derives its key from the bytes as they came, so it counts too.
    assert codes == {"envelope_auth_failed"}


def test_any_cut_of_the_sealed_part_is_found_under_a_genuine_signature() -> None:
    """What was sealed, without its end or with something behind it, does not open."""
    header, content, _ = parts(sealed(CHARGE))
    cuts = [*(content[:length] for length in range(len(content))), content + b"\0"]
    assert {refusal(assembled(header, cut)) for cut in cuts} == {"envelope_auth_failed"}


def test_nothing_is_decrypted_before_the_signature_holds() -> None:
    """Without a private key, an envelope that nobody signed is refused for its signature."""
    for data in (sealed(CHARGE), sealed_alone(CHARGE)):
        with pytest.raises(EnvelopeError) as caught:
            opened(data[:-1] + bytes([data[-1] ^ 1]), keys=OpeningKeys([]))
        assert caught.value.code == "signature_invalid"


def test_a_data_key_is_unwrapped_once() -> None:
    """The cipher that a worker made of a wrapped key is there when the next card wants it."""
    keys, wrapped = OpeningKeys([PRIVATE]), SEALING.seal(os.urandom(32), _INFO)
    assert keys.unwrap(SEALING.kid, wrapped, _INFO) is keys.unwrap(SEALING.kid, wrapped, _INFO)


def test_only_the_last_used_data_keys_are_kept() -> None:
    """The one that was longest not used is forgotten first, and unwrapped again when it is wanted."""
    keys, kid = OpeningKeys([PRIVATE]), SEALING.kid
    used, unused, *others = (SEALING.seal(os.urandom(32), _INFO) for _ in range(DATA_KEYS_KEPT + 1))
    first = {wrapped: keys.unwrap(kid, wrapped, _INFO) for wrapped in (used, unused)}
    for wrapped in others:
        keys.unwrap(kid, wrapped, _INFO)
        keys.unwrap(kid, used, _INFO)
    assert keys.unwrap(kid, used, _INFO) is first[used]
    assert keys.unwrap(kid, unused, _INFO) is not first[unused]


def test_what_is_refused_is_not_kept() -> None:
    """A wrapped key that did not open for one name opens for its own, and still not for the other."""
    wrapped = SEALING.seal(os.urandom(32), _INFO)
    for _ in range(2):
        with pytest.raises(EnvelopeError) as caught:
            OPENING.unwrap(SEALING.kid, wrapped, b"other")
        assert caught.value.code == "envelope_auth_failed"
        OPENING.unwrap(SEALING.kid, wrapped, _INFO)
    with pytest.raises(EnvelopeError) as caught:
        OPENING.unwrap("0" * 16, wrapped, _INFO)
    assert caught.value.code == "key_unknown"


def test_an_unwrapped_key_goes_with_its_opening_key() -> None:
    """Workers without the private key do not open what others have unwrapped."""
    data = sealed(CHARGE)
    assert opened(data) == CHARGE.instrument
    with pytest.raises(EnvelopeError) as caught:
        opened(data, keys=OpeningKeys([]))
    assert caught.value.code == "key_unknown"
