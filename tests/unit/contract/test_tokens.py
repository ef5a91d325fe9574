"""Tokens of cards: what they show, who opens them, and that a changed one opens for nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client.models.payments import Card, PaymentReference
from cardinity_client.secret import Secret
from producers.contract.card_fields import HOLDER_MAX
from producers.contract.commands import Charge
from producers.contract.envelope import Contents
from producers.contract.fingerprint import instrument_fingerprint
from producers.contract.keys import OpeningKeys
from producers.contract.succession import backup_of
from producers.contract.tokens import (
    TOKEN_MAX,
    CardToken,
    Scope,
    is_within,
    open_token,
    parse_token,
    renewed,
)
from producers.contract.versions import WRITTEN, WRITTEN_BY_TOKEN, version_for
from producers.errors import EnvelopeError, InvalidCommand
from tests.chaos.canary import Canary, Planted
from tests.unit.contract.builders import FIELDS, PAN, SEALING, a_charge, facts, parsed, sealed
from tests.unit.contract.envelopes import contents, parts
from tests.unit.contract.tokens import (
    KEPT,
    SCOPE,
    VAULT,
    VAULT_PRIVATE,
    VAULT_SEALING,
    a_charge_by_token,
    a_token,
    bytes_of,
    cut,
    text_of,
    the_token,
)

#: Names as the gateway takes them.
HOLDERS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=HOLDER_MAX)
KEY = Secret(b"f" * 32)


def code_of(token: str, keys: OpeningKeys = VAULT) -> str:
    """What the token is refused for; empty when it opens."""
    try:
        open_token(parse_token(token), keys)
    except (InvalidCommand, EnvelopeError) as error:
        return error.code
    return ""


@given(HOLDERS, st.integers(1, 12), st.integers(2026, 2046), st.sampled_from(["", "default", "a" * 64]))
def test_what_was_kept_comes_out(holder: str, month: int, year: int, account: str) -> None:
    """Whatever the holder is called: the card, and nothing of its CVC; no token is longer than the limit."""
    card = Card(Secret(PAN), month, year, Secret("123"), holder)
    token = a_token(Scope("p" * 64, account, "live"), card=card)
    assert open_token(token, VAULT) == replace(card, cvc=None)
    assert parse_token(token.text) == token
    assert len(token.text) <= TOKEN_MAX


def test_a_token_shows_what_people_know_a_card_by() -> None:
    """Without a key: last four digits, brand, expiry, and whose it is."""
    token = parse_token(the_token())
    assert (token.last4, token.brand, token.exp_month, token.exp_year) == ("1111", "Visa", 4, 2031)
    assert (token.scope, token.kid) == (SCOPE, VAULT_SEALING.kid)
    assert repr(token) == f"Token({token.token_id}, Visa 1111, 04/2031)"


def test_nothing_of_the_card_is_readable() -> None:
    """Not in the token, not in its bytes, not in the envelope of a charge by it: no number, CVC or holder."""
    canary = Canary(Planted("5555555555554444", "973", "Xenophilia Quartermain"))
    card = Card(Secret("5555555555554444"), 4, 2031, Secret("973"), "Xenophilia Quartermain")
    token = a_token(card=card)
    charge = a_charge_by_token(token=token.text, cvc="973")
    assert [canary.sings(data) for data in (token.text.encode(), bytes_of(token.text), sealed(charge))] == [[], [], []]
    assert canary.sings(repr((token, charge)).encode()) == []


def test_two_tokens_of_a_card_have_nothing_in_common() -> None:
    """Who has both cannot tell that they are one card: not by their ids, and not by what is sealed."""
    one, other = a_token(), a_token()
    assert one.token_id != other.token_id
    assert cut(one.text)[2] != cut(other.text)[2]


def test_lengths_do_not_tell_the_holder() -> None:
    """Names of up to some thirty letters make tokens of one length."""
    assert len({len(a_token(card=replace(KEPT, holder="x" * letters)).text) for letters in (2, 9, 17, 32)}) == 1


@pytest.mark.parametrize("at", range(len(bytes_of(the_token()))))
def test_any_changed_byte_keeps_it_shut(at: int) -> None:
    """Of what is shown as of what is sealed: no card opens under another name, account, expiry or key."""
    data = bytearray(bytes_of(the_token()))
    data[at] ^= 1
    assert code_of(text_of(bytes(data))) in {"token_format", "token_auth_failed", "token_key_unknown"}


def test_any_cut_keeps_it_shut() -> None:
    """However much is missing."""
    whole = the_token()
    assert {code_of(whole[:end]) for end in range(len(whole))} == {"token_format", "token_auth_failed"}


def test_what_was_sealed_opens_beside_its_own_words_only() -> None:
    """Who swaps what two tokens show gets neither card."""
    mine, other = a_token(), a_token(replace(SCOPE, producer="other"))
    head, _, sealed_part = cut(mine.text)
    _, shown, _ = cut(other.text)
    swapped = text_of(head[:-1] + len(shown).to_bytes(1) + shown + sealed_part)
    assert parse_token(swapped).scope.producer == "other"
    assert code_of(swapped) == "token_auth_failed"


def test_only_the_vaults_keys_open_it() -> None:
    """Another vault does not know the key; the keys of sealed cards are none of the vault's."""
    assert code_of(the_token(), OpeningKeys([X25519PrivateKey.generate()])) == "token_key_unknown"
    assert code_of(a_token(key=SEALING).text) == "token_key_unknown"


def test_a_token_that_lies_about_its_card_is_refused() -> None:
    """Anybody can seal for a public key; what is shown must fit what is inside."""
    head, shown, _ = cut(the_token())
    clear = head + shown

    def forged(plaintext: bytes) -> str:
        return code_of(text_of(clear + VAULT_SEALING.seal(plaintext, b"cardinity-batch token: " + clear)))

    assert forged(f'["{PAN}","Ona"]'.encode()) == ""
    assert forged(b'["5555555555554444","Ona"]') == forged(b"[]") == forged(b"") == "token_auth_failed"


def test_a_renewed_token_is_the_same_instrument() -> None:
    """Under the newest key, with the same id, so that orders that name either are one; once, and not again."""
    new = X25519PrivateKey.generate()
    old, keys = a_token(), OpeningKeys([new, VAULT_PRIVATE])
    fresh = renewed(old, keys)
    assert (fresh.token_id, fresh.scope, fresh.kid) == (old.token_id, old.scope, keys.sealing_key.kid)
    assert open_token(fresh, OpeningKeys([new])) == KEPT
    assert renewed(fresh, keys) is fresh
    one, other = (a_charge_by_token(token=token.text) for token in (old, fresh))
    assert instrument_fingerprint(one, KEY) == instrument_fingerprint(other, KEY)


def test_a_token_is_an_instrument_of_its_own() -> None:
    """The card by its fields is another, and so is another token of it; another CVC makes no difference."""
    by_token = instrument_fingerprint(a_charge_by_token(), KEY)
    assert by_token == instrument_fingerprint(a_charge_by_token(cvc="999"), KEY)
    others = [a_charge(), a_charge_by_token(token=a_token().text)]
    assert by_token not in [instrument_fingerprint(charge, KEY) for charge in others]


@pytest.mark.parametrize(
    ("scope", "fits"),
    [
        (SCOPE, True),
        (replace(SCOPE, account="default"), True),
        (replace(SCOPE, account="other"), False),
        (replace(SCOPE, mode="live"), False),
        (replace(SCOPE, producer="other"), False),
    ],
)
def test_a_token_is_for_a_producer_an_account_and_a_mode(scope: Scope, fits: bool) -> None:
    """Without an account, for all of the producer's."""
    assert is_within(scope, producer="shop", account="default", mode="test") is fits


def test_a_charge_by_token_travels_sealed() -> None:
    """In its version, with the CVC of this charge; what carries it is bound to the order as a card is."""
    charge = a_charge_by_token()
    token = parse_token(the_token())
    assert contents(sealed(charge), expect=facts(charge)) == Contents(CardToken(token, Secret("123")))
    header = parts(sealed(charge))[0]
    assert (version_for(charge), b"token" in header) == (WRITTEN_BY_TOKEN, False)
    assert version_for(a_charge_by_token(customer="cust-42", needs_customer="link")) == WRITTEN_BY_TOKEN
    assert version_for(a_charge()) == WRITTEN


def test_a_token_may_stand_behind_a_card() -> None:
    """The successor is an order by token; the first one is as it would be without."""
    charge = a_charge(backup={"token": the_token(), "cvc": "123"})
    backup = backup_of(charge)
    assert isinstance(backup, Charge) and isinstance(backup.instrument, CardToken)
    assert version_for(backup) == WRITTEN_BY_TOKEN != version_for(charge)


def test_an_order_by_mail_does_without_a_cvc() -> None:
    """As with a card."""
    charge = a_charge_by_token(description="CRD-MOTO 7", cvc="")
    assert charge.instrument == CardToken(parse_token(the_token()), None)


def test_a_token_nests_as_a_card_does() -> None:
    """In the gateway's own form, with the method of a card."""
    nested = {"token": the_token(), "cvc": "123"}
    charge = parsed({**FIELDS, "payment_method": "card", "payment_instrument": nested})
    assert charge.instrument == a_charge_by_token().instrument


def test_instruments_of_three_kinds_are_three_fingerprints() -> None:
    """No payment_id can be spelled like a token id."""
    token = parse_token(the_token())
    named = replace(a_charge(), instrument=PaymentReference(token.token_id))
    assert instrument_fingerprint(named, KEY) != instrument_fingerprint(a_charge_by_token(), KEY)
