"""A whole system with two merchant accounts, each at a gateway of its own, behind a door that can be shut."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from producers.vault import generate_keys
from tests.eventually import eventually
from tests.ports import free_port
from tests.proxy import CuttingProxy
from tests.stack import Stack

#: The first takes euros, the second euros and dollars.
FIRST, SECOND = "first", "second"
CURRENCIES: Mapping[str, Sequence[str]] = {FIRST: ("EUR",), SECOND: ("EUR", "USD")}
#: What both gateways are told at their start.
KEY, SECRET = "test_sandbox_key", "sandbox-secret"
#: Workers notice an outage within tenths of a second here.
QUICK: Mapping[str, str] = {"BREAKER_FAILURES": "3", "BREAKER_RESET_S": "0.4"}


class Door:
    """The way to a gateway. Shut, it refuses connections, and breaks those that there were."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._port = free_port()
        self._proxy: CuttingProxy | None = CuttingProxy(upstream, self._port)

    @property
    def url(self) -> str:
        """Where the gateway is, through this door."""
        return f"http://127.0.0.1:{self._port}/v1"

    def shut(self) -> None:
        """Refuse."""
        if self._proxy is not None:
            self._proxy.close()
            self._proxy = None

    def open(self) -> None:
        """Let through again."""
        if self._proxy is None:
            self._proxy = CuttingProxy(self._upstream, self._port)


class TwoAccounts(Stack):
    """`charges` are those of both accounts together; `of` asks one gateway."""

    def __init__(
        self, directory: Path, *, settings: Mapping[str, str] | None = None, rates: Mapping[str, int] | None = None
    ) -> None:
        super().__init__(directory, settings={**QUICK, **(settings or {})})
        self._rates = rates or {}
        self.doors: dict[str, Door] = {}
        self._gateways: dict[str, str] = {}

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self._gateways = {FIRST: self.gateway, SECOND: self._second_gateway()}
            self.doors = {name: Door(urlsplit(url).port or 0) for name, url in self._gateways.items()}
            for name in self.doors:
                self.write_secret(name, SECRET)
            self._tell_of_accounts()
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        super().close()
        for door in self.doors.values():
            door.shut()

    def write_secret(self, account: str, secret: str) -> None:
        """Replace the file of an account's secret, as a secret store does: whole or not at all."""
        path = self._secret_file(account)
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(secret)
        fresh.replace(path)

    def rotate(self, account: str, secret: str) -> None:
        """The merchant rotates the secret at the gateway: nothing signed with the old one is taken any more."""
        self.of(account, "credentials", {"consumer_key": KEY, "consumer_secret": secret})

    def of(self, account: str, route: str, body: object = None) -> Any:
        """A call to the admin routes of that account's gateway."""
        url = f"{self._gateways[account].removesuffix('/v1')}/_sandbox/{route}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return json.loads(answer.read() or b"null")

    def books(self) -> dict[str, dict[str, Counter[str]]]:
        """What each account's gateway has of each order: posts, approved, declined."""
        return {account: dict(map(_counts, self.of(account, "charges")["charges"])) for account in self._gateways}

    def admin(self, route: str, body: object = None) -> Any:
        if route != "charges" or not self._gateways:
            return super().admin(route, body)
        both: dict[str, Counter[str]] = {}
        for book in self.books().values():
            for order_id, counts in book.items():
                both.setdefault(order_id, Counter()).update(counts)
        aborted = sum(self.of(account, "charges")["aborted"] for account in self._gateways)
        return {"charges": [{"order_id": name, **counts} for name, counts in both.items()], "aborted": aborted}

    def _second_gateway(self) -> str:
        env = {"PATH": os.environ["PATH"]}
        child = self.start(sys.executable, "-m", "cardinity_client.sandbox", "--seed", "2", env=env)
        log = max(self.directory.glob("[0-9]*.log"), key=lambda path: int(path.stem))
        eventually(lambda: child.poll() is None and b"url" in log.read_bytes(), "the second gateway listens")
        return str(json.loads(log.read_bytes().splitlines()[0])["url"])

    def _tell_of_accounts(self) -> None:
        listed = self.directory / "accounts.toml"
        listed.write_text("".join(map(self._table, (FIRST, SECOND))))
        keys = generate_keys(self.directory / "keys-of-two", accounts=("default", FIRST, SECOND))
        for name in ("CARDINITY_CONSUMER_KEY", "CARDINITY_CONSUMER_SECRET"):
            del self.env[name]
        self.env |= {
            "ACCOUNTS_FILE": str(listed),
            "SANDBOX_KEY": KEY,
            "SEAL_PUBLIC_KEY_FILE": str(keys.seal_public),
            "SEAL_PRIVATE_KEYS_FILE": str(keys.seal_private),
            "PRODUCER_KEY_FILE": str(keys.producer_key),
            "PRODUCERS_FILE": str(keys.producers),
        }

    def _table(self, account: str) -> str:
        rate = f"rate_max = {self._rates[account]}\n" if account in self._rates else ""
        return (
            f"[accounts.{account}]\n"
            'consumer_key_env = "SANDBOX_KEY"\n'
            f'consumer_secret_file = "{self._secret_file(account)}"\n'
            f"currencies = {json.dumps(CURRENCIES[account])}\n"
            f"priority = {list(CURRENCIES).index(account)}\n"
            'mode = "test"\n'
            f"{rate}"
            f'base_url = "{self.doors[account].url}"\n\n'
        )

    def _secret_file(self, account: str) -> Path:
        return self.directory / f"{account}.secret"


def _counts(row: Mapping[str, Any]) -> tuple[str, Counter[str]]:
    return row["order_id"], Counter({name: row.get(name, 0) for name in ("posts", "approved", "declined")})
