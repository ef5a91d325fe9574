"""Where the primary of a Redis service is, as its Sentinels say: the URL that names them, and the question.

A Sentinel that was cut off together with the former primary still names that one. So a majority of those in the URL
must answer, and the answer with the newest configuration counts. What a stale answer could still do is stopped further
on: the server itself must call itself a primary (`sentinel_connections`), it must be the pinned ledger and know of the
intents that were seen (rule R10), and its replicas must confirm what is written (R1).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

import redis
from redis import exceptions as theirs
from redis.backoff import NoBackoff
from redis.retry import Retry

#: Seconds that one Sentinel may take to be reached, and to answer. A link gives its whole connection 2 s.
ASK_TIMEOUT_S: Final = 0.5
#: Where a Sentinel listens, unless its address says otherwise.
PORT: Final = 26379
#: More than this many is not an installation but a mistake.
SENTINELS_MAX: Final = 9
#: How such a URL begins.
SCHEMES: Final = ("redis+sentinel://", "rediss+sentinel://")
#: Options of the URL that are for the Sentinels alone: they have users of their own, or none.
OWN_OPTIONS: Final = ("sentinel_user", "sentinel_password")

_URL = re.compile(
    r"(?P<scheme>rediss?)\+sentinel://(?:(?P<login>[A-Za-z0-9._~!$&'()*+,;=:%-]*)@)?(?P<places>[^@/?#]+)"
    r"/(?P<service>[A-Za-z0-9._-]{1,64})(?:/(?P<db>[0-9]{1,5}))?(?:\?(?P<options>[!-\x22$-~]*))?"
)
_PLACE = re.compile(r"(?:(?P<host>[A-Za-z0-9.-]{1,253})|\[(?P<six>[0-9A-Fa-f:.]{2,45})\])(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class Service:
    """What a URL of Sentinels says. `url` is redis-py's, and leads to the first Sentinel until a primary is put in."""

    scheme: str
    places: tuple[tuple[str, int], ...]
    name: str
    db: int
    login: str
    options: tuple[tuple[str, str], ...]

    @property
    def encrypted(self) -> bool:
        """Whether Sentinels and servers are spoken to over TLS."""
        return self.scheme == "rediss"

    @property
    def url(self) -> str:
        """A server of the service, wherever it is: with its user, database and TLS."""
        shared = urlencode([(name, value) for name, value in self.options if name not in OWN_OPTIONS])
        login = f"{self.login}@" if self.login else ""
        return f"{self.scheme}://{login}{_address(*self.places[0])}/{self.db}?{shared}"

    def sentinel_url(self, place: tuple[str, int]) -> str:
        """One Sentinel, with its own user and the same TLS."""
        own = dict(self.options)
        user, password = (quote(own.pop(name, ""), safe="") for name in OWN_OPTIONS)
        login = f"{user}:{password}@" if password else ""
        return f"{self.scheme}://{login}{_address(*place)}/0?{urlencode(own)}"


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one Sentinel believes: `config_epoch` grows with every failover."""

    config_epoch: int
    host: str
    port: int


def read_service(url: str) -> Service | None:
    """The parts of a Sentinel URL; None where it is none, or not a sound one."""
    whole = _URL.fullmatch(url)
    if whole is None:
        return None
    found = tuple(map(_place, whole["places"].split(",")))
    places = tuple(place for place in found if place is not None)
    if not len(found) == len(set(places)) <= SENTINELS_MAX:
        return None
    options = tuple(parse_qsl(whole["options"] or "", keep_blank_values=True))
    return Service(whole["scheme"], places, whole["service"], int(whole["db"] or 0), whole["login"] or "", options)


def is_loopback(host: str | None) -> bool:
    """Whether that host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


class Sentinels:
    """Those of one service. They are asked for every new connection: the first after a failover leads to its winner."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def primary(self) -> tuple[str, int]:
        """Host and port of the primary; blocks for `ASK_TIMEOUT_S` or two.

        Raises:
            redis.exceptions.ConnectionError: too few answer, or the way to whom they name could be read by others.
        """
        places = self._service.places
        with ThreadPoolExecutor(len(places)) as askers:
            told = list(askers.map(self._ask, places))
        answers = [each for each in told if isinstance(each, _Answer)]
        if 2 * len(answers) <= len(places):
            name, why = self._service.name, next((each for each in told if isinstance(each, BaseException)), None)
            message = f"{len(answers)} of {len(places)} Sentinels know {name}: too few to believe"
            raise theirs.ConnectionError(message) from why
        newest = max(answers, key=lambda answer: answer.config_epoch)
        if not self._service.encrypted and not is_loopback(newest.host):
            raise theirs.ConnectionError("the primary is on another machine: use rediss+sentinel://")
        return newest.host, newest.port

    def _ask(self, place: tuple[str, int]) -> _Answer | Exception:
        try:
            with redis.Redis.from_url(
                self._service.sentinel_url(place),
                socket_timeout=ASK_TIMEOUT_S,
                socket_connect_timeout=ASK_TIMEOUT_S,
                retry=Retry(NoBackoff(), 0),
                protocol=2,
                driver_info=None,
            ) as client:
                told = client.execute_command("SENTINEL", "MASTER", self._service.name)
        except (theirs.RedisError, OSError) as error:
            return error
        return _answer(told)


def refuse_replica(hello: Iterable[object]) -> None:
    """Raise unless the server that said this to HELLO is a primary. ROLE says the same, and needs a further right.

    Raises:
        redis.exceptions.ConnectionError: it is a replica, or no longer a primary.
    """
    role = _fields(hello).get(b"role")
    if role != b"master":
        raise theirs.ConnectionError("the server that the Sentinels name is not a primary")


def _place(text: str) -> tuple[str, int] | None:
    """Host and port of one Sentinel, if they are any."""
    place = _PLACE.fullmatch(text)
    if place is None or not 0 < int(place["port"] or PORT) < 65_536:
        return None
    if place["six"]:
        try:
            ipaddress.IPv6Address(place["six"])
        except ValueError:
            return None
    return (place["host"] or place["six"]).lower(), int(place["port"] or PORT)


def _answer(told: Iterable[object]) -> _Answer:
    fields = _fields(told)
    host = fields[b"ip"]
    assert isinstance(host, bytes)
    return _Answer(_number(fields[b"config-epoch"]), host.decode(), _number(fields[b"port"]))


def _fields(told: Iterable[object]) -> dict[object, object]:
    flat = list(told)
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _number(text: object) -> int:
    assert isinstance(text, bytes)
    return int(text)


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
