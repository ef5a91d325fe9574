"""Cards that are charged by their tokens in a whole system: three doors, a vault's key from made to destroyed under a
worker that is never restarted, and nothing of a card to be read anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from producers import Enqueuer, OrderConflict, Tokeniser
from producers.contract.tokens import parse_token
from tests.chaos import remains
from tests.chaos.canary import Canary, Planted
from tests.commands import Commands
from tests.http_process import http_process
from tests.stack import CARD, Stack

#: A published test card, with a code and a holder that nothing else here has.
PLANTED = Planted("5555555555554444", "973", "Xenophilia Quartermain")
KEPT = {"pan": PLANTED.pan, "exp_month": 4, "exp_year": 2031, "holder": PLANTED.holder}
MONEY = {"amount": "10.00", "currency": "EUR", "country": "LT"}


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A system with one worker, which has a vault."""
    with Stack(tmp_path) as stack:
        stack.worker()
        yield stack


class _Typed:
    """Commands of that system. What is typed into them lies apart from it, for all of it is searched."""

    def __init__(self, commands: Commands, stack: Stack) -> None:
        self._commands = commands
        self._stack = stack

    def __call__(self, *words: str, stdin: str = "") -> tuple[int, list[dict[str, Any]]]:
        argv = (*words[:2], "--json", *words[2:])
        ran = self._commands.run(*argv, env=self._stack.env, cwd=self._stack.directory, stdin=stdin)
        return ran.code, ran.records


@pytest.fixture
def typed(commands: Commands, stack: Stack) -> _Typed:
    return _Typed(commands, stack)


def _charged(enqueuer: Enqueuer, order_id: str, token: str, **more: object) -> str:
    enqueuer.charge(order_id=order_id, **MONEY, token=token, cvc=PLANTED.cvc, **more)
    return enqueuer.wait(order_id, timeout_s=30).state


def test_a_token_is_charged_through_every_door_and_leaves_no_card(stack: Stack, typed: _Typed, tmp_path: Path) -> None:
    """Made over HTTP and on the command line, charged by Python, HTTP and a batch; then everything is searched."""
    code, (made,) = typed("tokens", "make", "--card-file", "-", stdin=json.dumps(KEPT))
    assert (code, made["last4"], made["brand"]) == (0, "4444", "MasterCard")
    with http_process(stack) as process, stack.enqueuer() as enqueuer:
        told = process.client.post("/v1/tokens", json=KEPT, headers=process.caller.headers)
        token = told.json()["token"]
        assert (told.status_code, parse_token(token).last4) == (201, "4444")
        asked = {"order_id": "T-HTTP", **MONEY, "token": token, "cvc": PLANTED.cvc}
        assert process.post("charges", asked).status_code == 202
        assert process.until("T-HTTP", "approved")
        assert _charged(enqueuer, "T-PY", token) == "approved"
        rows = "order_id,amount,currency,country,token,cvc\n"
        rows += "".join(f"T-B{number},10.00,EUR,LT,{made['token']},{PLANTED.cvc}\n" for number in range(3))
        (tmp_path / "batch").mkdir()
        batch = tmp_path / "batch" / "rows.csv"
        batch.write_text(rows)
        assert typed("batch", "submit", str(batch))[0] == 0
        assert [enqueuer.wait(f"T-B{number}", timeout_s=30).state for number in range(3)] == ["approved"] * 3
        batch.unlink()
        canary = Canary(PLANTED)
        found = [
            (where, canary.sings(data))
            for url in (stack.valkey.url(0), stack.valkey.url(1))
            for where, data in remains.of_redis(url)
        ]
        found += [(where, canary.sings(data)) for where, data in remains.of_files(tmp_path)]
        found += [(where, canary.sings(data)) for where, data in remains.of_processes()]
    assert len(found) > 20
    assert [find for find in found if find[1]] == []
    assert len(stack.charges()) == 5


def test_a_vaults_key_lives_and_dies_under_a_running_worker(stack: Stack, typed: _Typed) -> None:
    """Rotated, its tokens sealed anew and charged by either name; destroyed only with open eyes, then useless."""
    token = Tokeniser.from_settings(stack.settings()).tokenise(**KEPT).text
    old = parse_token(token).kid
    with stack.enqueuer() as enqueuer:
        assert _charged(enqueuer, "V-1", token) == "approved"
        assert typed("keys", "rotate", "--vault")[1][0]["before"] == old
        code, (renewed,) = typed("tokens", "renew", stdin=f"{token}\n")
        assert (code, renewed["token_id"]) == (0, parse_token(token).token_id)
        assert renewed["token"] != token
        fresh = parse_token(renewed["token"])
        assert Tokeniser.from_settings(stack.settings()).tokenise(**KEPT).kid == fresh.kid
        assert _charged(enqueuer, "V-1", fresh.text) == "approved"
        with pytest.raises(OrderConflict) as caught:
            enqueuer.charge(order_id="V-1", **MONEY, **KEPT, cvc=PLANTED.cvc)
        assert caught.value.fields == ("payment_instrument",)
        assert _charged(enqueuer, "V-2", fresh.text) == "approved"

        assert typed("keys", "destroy", "--vault", old)[1][-1]["error"] == "key_not_retired"
        assert typed("keys", "retire", "--vault", old)[1] == [{"kid": old, "done": True}]
        assert _charged(enqueuer, "V-3", token) == "approved"
        assert typed("keys", "destroy", "--vault", old)[1][-1]["error"] == "tokens_need_key"
        assert typed("keys", "destroy", "--vault", "--tokens-become-useless", old)[0] == 0
        (left,) = typed("keys", "list", "--vault")[1]
        assert (left["kid"], left["state"], "orders" in left) == (fresh.kid, "active", False)

        assert typed("tokens", "show", token)[1][-1]["error"] == "token_key_unknown"
        code, (shown,) = typed("tokens", "show", fresh.text)
        assert (code, shown["last4"], PLANTED.pan in json.dumps(shown)) == (0, "4444", False)
        assert _charged(enqueuer, "V-4", fresh.text) == "approved"
    actions = [line["action"] for line in typed("audit", "list")[1] if line["action"].startswith("vault.")]
    assert actions == ["vault.destroy", "vault.retire", "vault.renew", "vault.rotate"]


def test_a_token_of_another_producer_is_refused(stack: Stack) -> None:
    """By the worker that opens it: the order ends, and nothing was sent."""
    settings = stack.settings()
    stolen = Tokeniser(Tokeniser.from_settings(settings).present_key, "somebody", "test").tokenise(**KEPT).text
    with stack.enqueuer() as enqueuer:
        assert _charged(enqueuer, "S-1", stolen) == "rejected"
        assert enqueuer.get("S-1").reason == "token_scope"
        assert stack.charges() == {}


def test_a_token_stands_wherever_a_card_may(stack: Stack) -> None:
    """Behind a card that the bank declines, in a payment in parts, held first and then settled; and it is verified."""
    stack.admin("faults", [{"fault": "declined", "order_id": "B-1", "error": "3001: Insufficient funds"}])
    token = Tokeniser.from_settings(stack.settings()).tokenise(**KEPT).text
    nested = {"token": token, "cvc": PLANTED.cvc}
    with stack.enqueuer() as enqueuer:
        enqueuer.charge(order_id="B-1", **MONEY, payment_instrument=CARD, backup=nested)
        parts = [{"recipient": "a", "share": 7}, {"recipient": "b", "share": 3}]
        enqueuer.split(split_id="B-2", total="10.00", currency="EUR", country="LT", **nested, parts=parts)
        assert _charged(enqueuer, "B-3", token, mode="two_phase") == "approved"
        assert enqueuer.wait("B-1", timeout_s=30).state == "approved"
        assert enqueuer.wait_split("B-2", timeout_s=30).state == "completed"
        verified = enqueuer.verify("B-3")
        assert (verified.agrees, verified.integrity) == (True, "agrees")
