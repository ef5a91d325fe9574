"""WEBHOOKS_FILE, from TOML to endpoints. Strict: what it does not know, it refuses, by field.

ports = [443, 8443]                           # where endpoints may listen

[endpoints.shop]
url = "https://shop.example/hooks"
secret_file = "/run/secrets/shop"             # whsec_ and base64 of 24 to 64 random bytes
secret_old_file = "/run/secrets/shop-old"     # the one before, while they are exchanged
events = ["payment.approved", "refund.*"]     # else all
accounts = ["main"]                           # else all
enabled = true
concurrency = 8                               # requests at once
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx

from cardinity_client.secret import Secret
from producers.contract.fields import Refusal, read_account
from producers.errors import SettingsError
from producers.runtime.problems import Problem, problem
from producers.runtime.settings import Settings
from producers.runtime.settings_kinds import Refused, read_file, read_path
from workers.events.webhooks.addresses import is_local, is_public
from workers.events.webhooks.endpoints import TYPES, Endpoint, Endpoints
from workers.events.webhooks.signing import read_key

SETTING: Final = "WEBHOOKS_FILE"
#: Endpoints of one file: each has connections of its own, and a series of each metric.
ENDPOINTS_MAX: Final = 32
#: Where HTTPS is served; every other port is somebody else's.
PORTS: Final = (443, 8443)
CONCURRENCY, CONCURRENCY_MAX = 8, 64
URL_MAX: Final = 1024

_FIELDS: Final = ("url", "secret_file", "secret_old_file", "events", "accounts", "enabled", "concurrency")
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?", re.ASCII)
#: One reading and no other: no user, no fragment, no backslash, no escape in the host.
_URL: Final = re.compile(
    r"(https?)://([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?/[!-\"$-\[\]-~]*",
    re.ASCII,
)

T = TypeVar("T")


def read_endpoints(settings: Settings) -> Endpoints:
    """The endpoints of the settings' file; none where there is no file.

    Raises:
        SettingsError: with everything that is wrong in it.
    """
    if settings.webhooks_file is None:
        return {}
    found, problems = read_endpoints_file(settings.webhooks_file, local=settings.allow_local_webhooks)
    if problems:
        raise SettingsError(problems)
    return found


def read_endpoints_file(path: Path, *, local: bool) -> tuple[Endpoints, list[Problem]]:
    """The endpoints, and everything that is wrong. `local`: they may be on this machine."""
    try:
        document = tomllib.loads(read_file(path, private=False))
    except Refused as refusal:
        return {}, [problem(refusal.code, SETTING, str(refusal))]
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}, [problem("webhooks_format", SETTING, "is not TOML")]
    reading = _Reading(document, local=local)
    return reading.endpoints(), reading.problems


class _Reading:
    """One document, field by field; what is wrong goes into `problems`."""

    def __init__(self, document: dict[str, Any], *, local: bool) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._local = local
        self._ports = self._read("", "ports", document, _ports, PORTS) or PORTS

    def endpoints(self) -> Endpoints:
        tables = self._document.get("endpoints")
        self._refuse_others("", self._document, ("ports", "endpoints"))
        if not isinstance(tables, dict) or not 0 < len(tables) <= ENDPOINTS_MAX:
            self._wrong("endpoints", "webhooks_format", f"must be 1 to {ENDPOINTS_MAX} tables like [endpoints.shop]")
            return {}
        found = {name: self._endpoint(name, table) for name, table in tables.items()}
        return {name: endpoint for name, endpoint in found.items() if endpoint is not None}

    def _endpoint(self, name: str, table: object) -> Endpoint | None:
        if not _NAME.fullmatch(name):
            message = "a name is 1 to 32 small letters, digits and dashes"  # and is not repeated: it may be a secret
            self._wrong("endpoints.?", "webhooks_format", message)
            return None
        place, before = f"endpoints.{name}.", len(self.problems)
        if not isinstance(table, dict):
            self._wrong(place.rstrip("."), "webhooks_format", "must be a table")
            return None
        self._refuse_others(place, table, _FIELDS)
        address = self._read(place, "url", table, self._address)
        keys = (self._read(place, "secret_file", table, _key), self._read(place, "secret_old_file", table, _key, None))
        types = self._read(place, "events", table, _types, TYPES)
        accounts = self._read(place, "accounts", table, _accounts, frozenset())
        enabled = self._read(place, "enabled", table, _flag, True)
        concurrency = self._read(place, "concurrency", table, _concurrency, CONCURRENCY)
        if len(self.problems) > before:
            return None
        host, port = address
        return Endpoint(
            name, table["url"], host, port, tuple(key for key in keys if key), types, accounts, enabled, concurrency,
            local=_on_this_machine(host),
        )  # fmt: skip

    def _address(self, given: object) -> tuple[str, int]:
        """Host and port of an endpoint's URL."""
        match = _URL.fullmatch(given) if isinstance(given, str) and len(given) <= URL_MAX else None
        if match is None:
            raise Refused("webhook_url", "must be a URL like https://shop.example/hooks, without user or fragment")
        scheme, host = match[1], match[2].lower()
        port = int(match[3] or {"https": 443, "http": 80}[scheme])
        if not _is_read_so(match[0], scheme, host, port):
            raise Refused("webhook_url", "is read in two ways")
        if _on_this_machine(host):
            if not self._local:
                raise Refused("webhook_url", "is this machine, which only ALLOW_LOCAL_WEBHOOKS allows, for play")
        elif scheme != "https":
            raise Refused("webhook_url", "must be https")
        elif _is_address(host) and not is_public(host.strip("[]")):
            raise Refused("webhook_url", "must not be an address that is not public")
        elif port not in self._ports:
            raise Refused("webhook_port", f"must have one of the ports {', '.join(map(str, self._ports))}")
        return host, port

    def _refuse_others(self, place: str, table: dict[str, Any], known: tuple[str, ...]) -> None:
        if any(name not in known for name in table):
            self._wrong(f"{place}?", "webhook_field_unknown", f"has a field that is none of {', '.join(known)}")

    def _read(self, place: str, name: str, table: dict[str, Any], read: Callable[[object], T], *default: object) -> Any:
        """The field's value, the default where it is not there, and None where it is wrong."""
        try:
            if name in table:
                return read(table[name])
            if default:
                return default[0]
            raise Refused("webhook_field_missing", "is missing")
        except Refused as refusal:
            self._wrong(f"{place}{name}", refusal.code, str(refusal))
            return None

    def _wrong(self, field: str, code: str, message: str) -> None:
        self.problems.append(problem(code, f"{SETTING} {field}", message))


def _on_this_machine(host: str) -> bool:
    return host == "localhost" or is_local(host.strip("[]"))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _is_read_so(url: str, scheme: str, host: str, port: int) -> bool:
    """Whether what sends reads the same from it."""
    try:
        parsed = httpx.URL(url)
        raw_host = parsed.raw_host.decode("ascii")
    except (httpx.InvalidURL, UnicodeError):
        return False
    return (parsed.scheme, raw_host, parsed.port or port) == (scheme, host.strip("[]"), port)


def _key(given: object) -> Secret[bytes]:
    if not isinstance(given, str):
        raise Refused("webhook_field_type", "must be the path of a file")
    key = read_key(read_file(read_path(given), private=True))
    if key is None:
        raise Refused("webhook_secret", "the file must hold whsec_ and base64 of 24 to 64 bytes")
    return key


def _types(given: object) -> frozenset[str]:
    found: set[str] = set()
    for each in given if isinstance(given, list) and given else [None]:
        family = each.removesuffix("*") if isinstance(each, str) and each.endswith(".*") else None
        named = {name for name in TYPES if name == each or (family is not None and name.startswith(family))}
        if not named:
            raise Refused("webhook_events", 'must be a list of types of events, like ["payment.approved", "refund.*"]')
        found |= named
    return frozenset(found)


def _accounts(given: object) -> frozenset[str]:
    if not isinstance(given, list) or not given:
        raise Refused("webhook_field_type", 'must be a list of accounts like ["main"]')
    try:
        return frozenset(read_account(each) for each in given)
    except Refusal:
        raise Refused("webhook_field_type", "must be names of accounts") from None


def _flag(given: object) -> bool:
    if not isinstance(given, bool):
        raise Refused("webhook_field_type", "must be true or false")
    return given


def _concurrency(given: object) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not 1 <= given <= CONCURRENCY_MAX:
        raise Refused("webhook_field_type", f"must be a whole number from 1 to {CONCURRENCY_MAX}")
    return given


def _ports(given: object) -> tuple[int, ...]:
    valid = isinstance(given, list) and given and all(type(port) is int and 0 < port < 65_536 for port in given)
    if not valid or not isinstance(given, list):
        raise Refused("webhook_field_type", "must be a list of ports like [443, 8443]")
    return tuple(given)
