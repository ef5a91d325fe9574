"""Redis over TLS as `deploy/redis/` sets it up: servers and Sentinels of the system's package, on loopback.

The embedded server speaks no TLS. Places and names of the files are put in as an operator would.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from deploy.prepare import prepare_secrets
from tests.certificates import Authority, Signed
from tests.eventually import eventually
from tests.house.tree import text

#: The name that every certificate here is for.
HOST = "localhost"
SERVICE = "payments"
_SERVER = ("redis-server", "valkey-server")


def need() -> str | None:
    """Why nothing speaks TLS here; None when something does."""
    return None if _program() else "needs a Redis that speaks TLS (Debian: apt install redis-server)"


@dataclass(frozen=True, slots=True)
class Place:
    """A folder as of one host: `/etc/cardinity-batch/secrets` in `secrets`, `/etc/redis/tls` in `tls`."""

    directory: Path
    authority: Authority
    client: Signed

    def url(self, user: str, database: str = "ledger") -> str:
        """The address that `prepare.py` has written for that user."""
        return (self.directory / "secrets" / f"{database}.{user}.url").read_text("utf-8")


@dataclass(slots=True)
class Server:
    """A server or a Sentinel."""

    port: int
    config: Path
    process: subprocess.Popen[bytes]
    client: redis.Redis

    def end(self) -> None:
        """As by `kill -9`."""
        self.client.close()
        self.process.kill()
        self.process.wait()


def a_place(directory: Path, url: str) -> Place:
    """What is there before the first server starts: an authority, certificates, users, addresses."""
    authority = Authority(directory / "tls")
    authority.sign("server", HOST)
    client = authority.sign("client")
    options = f"ssl_ca_certs={authority.ca}&ssl_certfile={client.certificate}&ssl_keyfile={client.key}"
    prepare_secrets(directory / "secrets", f"{url}?{options}")
    return Place(directory, authority, client)


@contextmanager
def a_server(place: Place, port: int, *, follows: int = 0) -> Iterator[Server]:
    """One with the configuration of a ledger over TLS."""
    data = place.directory / f"server-{port}"
    data.mkdir(exist_ok=True)
    secrets = place.directory / "secrets"
    replica = (secrets / "replica.conf").read_text()
    config = f"{text('deploy/redis/ledger.conf')}{text('deploy/redis/tls.conf')}{replica}"
    config += f"aclfile {secrets}/users.acl\nreplica-announce-ip {HOST}\nbind 127.0.0.1\n"
    config += f"dir {data}\nlogfile {data}/log\n"
    config += f"replicaof {HOST} {follows}\n" if follows else ""
    changes = {"tls-port 6379": f"tls-port {port}", "/etc/redis/tls": str(place.directory / "tls")}
    password = place.url("admin").partition("admin:")[2].partition("@")[0]
    with _running(place, port, data / "redis.conf", config, changes, ("admin", password)) as server:
        yield server


@contextmanager
def a_sentinel(place: Place, port: int, primary: int) -> Iterator[Server]:
    """One with the configuration of the tree."""
    data = place.directory / f"sentinel-{port}"
    data.mkdir()
    password = (place.directory / "secrets" / "sentinel.password").read_text()
    changes = {
        "tls-port 26379": f"tls-port {port}",
        "/etc/redis/tls": str(place.directory / "tls"),
        "<primary> 6379": f"{HOST} {primary}",
        "<this host>": HOST,
        "<password>": password,
    }
    config = f"{text('deploy/redis/sentinel.conf')}dir {data}\nlogfile {data}/log\nbind 127.0.0.1\n"
    with _running(place, port, data / "sentinel.conf", config, changes, None, "--sentinel") as sentinel:
        yield sentinel


@contextmanager
def _running(
    place: Place, port: int, path: Path, config: str, changes: Mapping[str, str], login: tuple[str, str] | None,
    *arguments: str,
) -> Iterator[Server]:  # fmt: skip
    for before, after in changes.items():
        assert before in config, before
        config = config.replace(before, after)
    path.write_text(config)
    process = subprocess.Popen(
        [str(_program()), str(path), *arguments], stdin=subprocess.DEVNULL, start_new_session=True
    )
    options: dict[str, Any] = {"username": login[0], "password": login[1]} if login else {}
    client = redis.Redis(
        host=HOST, port=port, protocol=2, ssl=True, ssl_ca_certs=str(place.authority.ca), decode_responses=True,
        ssl_certfile=str(place.client.certificate), ssl_keyfile=str(place.client.key), **options,
    )  # fmt: skip
    server = Server(port, path, process, client)
    try:
        eventually(lambda: _answers(client), "the server answers")
        yield server
    finally:
        server.end()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def _program() -> str | None:
    return next((found for name in _SERVER if (found := shutil.which(name))), None)
