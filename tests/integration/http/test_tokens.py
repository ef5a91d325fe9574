"""Tokens over HTTP: made of a card without its CVC, charged instead of it, and nothing kept of either."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from producers.contract.tokens import open_token, parse_token
from producers.vault import KeyFiles, generate_vault_keys, load_opening_keys
from tests.application import Caller, Served, a_caller, served, settings_for
from tests.integration.http.conftest import Site
from tests.unit.contract.builders import PAN

KEPT = {"pan": PAN, "exp_month": 4, "exp_year": 2040, "holder": "Ona Petraityte"}
CHARGE = {"order_id": "ORD-1", "amount": "25.50", "currency": "EUR", "country": "LT", "cvc": "123"}


async def post(door: Served, caller: Caller, path: str, body: dict[str, Any]) -> httpx.Response:
    return await door.client.post(path, json=body, headers=caller.headers)


def vault(directory: Path) -> KeyFiles:
    return generate_vault_keys(directory / "vault")


async def test_a_token_is_made_and_charged(tmp_path: Path, queue_url: str, ledger_url: str) -> None:
    """It opens with the vault's private keys to the card, for the producer that the application is."""
    caller, keys = a_caller(tmp_path)
    files = vault(tmp_path)
    more = {"API_KEYS_FILE": str(keys), "VAULT_PUBLIC_KEY_FILE": str(files.vault_public)}
    async with served(settings_for(tmp_path, queue_url, ledger_url, **more)) as door:
        made = await post(door, caller, "/v1/tokens", {**KEPT, "account": "default"})
        token = parse_token(made.json()["token"])
        accepted = await post(door, caller, "/v1/charges", {**CHARGE, "token": token.text})
    assert (made.status_code, accepted.status_code) == (201, 202)
    assert {**made.json(), "token": "", "token_id": ""} == {
        "token": "", "token_id": "", "last4": "1111", "brand": "Visa", "exp_month": 4, "exp_year": 2040,
        "account": "default",
    }  # fmt: skip
    assert open_token(token, load_opening_keys(files.vault_private)).pan.reveal() == PAN
    assert (token.scope.producer, token.scope.account, token.scope.mode) == ("default", "default", "test")


async def test_nothing_is_kept_of_a_token(tmp_path: Path, queue_url: str, ledger_url: str, site: Site) -> None:
    """No order, no message, however many are made."""
    caller, keys = a_caller(tmp_path)
    more = {"API_KEYS_FILE": str(keys), "VAULT_PUBLIC_KEY_FILE": str(vault(tmp_path).vault_public)}
    async with served(settings_for(tmp_path, queue_url, ledger_url, **more)) as door:
        made = [(await post(door, caller, "/v1/tokens", KEPT)).json()["token_id"] for _ in range(2)]
    assert len({*made}) == 2
    assert (site.orders(), site.queued()) == (set(), [])


async def test_without_a_vault_there_are_no_tokens(door: Served, caller: Caller) -> None:
    """404, with a code of its own; with a card in the body as without."""
    told = await post(door, caller, "/v1/tokens", KEPT)
    assert (told.status_code, told.json()["code"]) == (404, "vault_off")
    assert PAN not in told.text
