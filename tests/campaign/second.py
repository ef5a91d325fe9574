"""A second merchant account of a run, at a gateway of its own that nothing is the matter with.

The first one keeps its name, `default`, under which orders go by rule: to the first, unless that sends nothing.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.request import urlopen

from tests.campaign.plan import Plan
from tests.eventually import eventually
from tests.stack import Stack

FIRST, SECOND = "default", "second"
#: The share of runs with a second account that no fault asks for.
SHARE: Final = 0.25
#: A first account that fails is noticed within a moment, or nothing would go elsewhere.
QUICK: Final[Mapping[str, str]] = {"BREAKER_FAILURES": "5", "BREAKER_RESET_S": "0.4"}
#: What makes a row of the gateway's books the row of one intent.
_KEY: Final = ("order_id", "operation", "parent_id", "description")
_COUNTS: Final = ("posts", "approved", "declined")


def is_drawn(seed: int) -> bool:
    """Whether a run of this seed has one anyway."""
    return random.Random(f"accounts {seed}").random() < SHARE


def add_to(plan: Plan) -> None:
    """Let the run have one."""
    plan.second_account = True
    plan.settings.update(QUICK)


class Branches(Stack):
    """A system whose books are those of both gateways together, once the second one is opened."""

    _second = ""

    def open_second(self) -> None:
        """Start its gateway, and tell whoever starts from now on of both accounts."""
        env = {"PATH": os.environ["PATH"]}
        child = self.start(sys.executable, "-m", "cardinity_client.sandbox", "--seed", "2", env=env)
        log = max(self.directory.glob("[0-9]*.log"), key=lambda path: int(path.stem))
        eventually(lambda: child.poll() is None and b"url" in log.read_bytes(), "the second gateway listens")
        self._second = str(json.loads(log.read_bytes().splitlines()[0])["url"])
        secret = self.directory / "consumer.secret"
        secret.touch(mode=0o600)
        secret.write_text(self.env.pop("CARDINITY_CONSUMER_SECRET"))
        listed = self.directory / "accounts.toml"
        urls = {FIRST: self.env["CARDINITY_BASE_URL"], SECOND: self._second}
        listed.write_text(
            "".join(_table(place, name, url, str(secret)) for place, (name, url) in enumerate(urls.items()))
        )
        self.env |= {"ACCOUNTS_FILE": str(listed), "SANDBOX_KEY": self.env.pop("CARDINITY_CONSUMER_KEY")}

    def gateway_of(self, account: str) -> str:
        """Where that account's gateway is, past every proxy."""
        return self._second if account == SECOND else self.gateway

    def admin(self, route: str, body: object = None) -> Any:
        first = super().admin(route, body)
        if body is not None or not self._second:
            return first
        url = f"{self._second.removesuffix('/v1')}/_sandbox/{route}"
        with urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
            return together(first, json.loads(answer.read() or b"null"))


def together(first: Any, second: Any) -> Any:
    """What both gateways answered to one question, as one answer; rows of both tell at which accounts they were."""
    if isinstance(first, list):
        return [*first, *second]
    return {
        name: _rows((FIRST, value), (SECOND, second[name])) if isinstance(value, list) else value + second[name]
        for name, value in first.items()
    }


def _rows(*books: tuple[str, Iterable[Mapping[str, Any]]]) -> list[Mapping[str, Any]]:
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for account, book in books:
        for row in book:
            kept = rows.setdefault(
                tuple(row.get(name) for name in _KEY), {**row, **dict.fromkeys(_COUNTS, 0), "at": []}
            )
            for name in _COUNTS:
                kept[name] += row.get(name, 0)
            kept["at"] += [account] if row.get("posts") else []
    return list(rows.values())


def _table(place: int, name: str, url: str, secret: str) -> str:
    return (
        f"[accounts.{name}]\n"
        'consumer_key_env = "SANDBOX_KEY"\n'
        f'consumer_secret_file = "{secret}"\n'
        'currencies = ["EUR"]\n'
        f"priority = {place}\n"
        'mode = "test"\n'
        f'base_url = "{url}"\n\n'
    )
