"""What `deploy/prepare.py` lays out works with the servers that Compose starts: configuration, users and sockets."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from cardinity_client.secret import Secret
from deploy.prepare import DATABASES, prepare, prepare_secrets
from producers.runtime.clients import async_client, sync_client
from producers.runtime.durability import check_redis
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.link import Link
from producers.runtime.settings_databases import read_redis_url
from tests.house.deployment.files import COMPOSE, directives
from tests.house.documents import ACL_PATH
from tests.house.tree import text

USERS = re.findall(r"^user (\w+) on", text(ACL_PATH), re.MULTILINE)


class Limit:
    """Two connections."""

    redis_connections_max = 2


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder that was prepared."""
    prepare(tmp_path)
    return tmp_path


@pytest.fixture
def ledger(home: Path) -> Iterator[EmbeddedValkey]:
    """The ledger's server as Compose starts it, its folders being where they are on the host."""
    config = {
        **directives("deploy/redis/ledger.conf"),
        "unixsocket": str(home / "run" / "ledger" / "redis.sock"),
        "unixsocketperm": "700",
        "aclfile": str(home / "secrets" / "users.acl"),
    }
    with EmbeddedValkey(home / "data" / "ledger", config=config) as server:
        yield server


def url(home: Path, name: str, user: str) -> str:
    """As the container reads it, with the folder that is mounted there."""
    given = (home / "secrets" / f"{name}.{user}.url").read_text("utf-8")
    return given.replace(f"/run/redis-{name}", str(home / "run" / name))


@pytest.mark.parametrize("user", USERS)
def test_every_user_reaches_the_ledger_by_its_file(home: Path, ledger: EmbeddedValkey, user: str) -> None:
    """Over the socket, with its own password, and as nobody else."""
    with sync_client(Secret(url(home, "ledger", user)), Limit()) as client:
        assert client.ping()
        with pytest.raises(redis.exceptions.NoPermissionError):
            client.flushall()
    with redis.Redis(port=ledger.port) as stranger, pytest.raises(redis.exceptions.AuthenticationError):
        stranger.ping()


async def test_a_worker_s_link_goes_the_same_way(home: Path, ledger: EmbeddedValkey) -> None:
    """Its two clients, and the link that is made from one of them."""
    async with async_client(Secret(url(home, "ledger", "worker")), Limit()) as client:
        link = Link(client)
        assert await client.ping()
        assert await link.send("GET", "pay:epoch") is None
        await link.aclose()


def test_a_worker_finds_nothing_to_refuse(home: Path, ledger: EmbeddedValkey) -> None:
    """The check of its boot, with its own rights."""
    with sync_client(Secret(url(home, "ledger", "worker")), Limit()) as client:
        assert check_redis(client, replicas_required=0) == ()


def test_the_addresses_are_settings(home: Path) -> None:
    """Each file of an address is one that Compose gives to somebody, or its owner to a service, and is read."""
    for user in USERS:
        for name in DATABASES:
            given = (home / "secrets" / f"{name}.{user}.url").read_text("utf-8")
            assert read_redis_url(given).reveal() == given


def test_nobody_else_reads_it(home: Path) -> None:
    """Neither the folders nor what is in them."""
    kept = [home / "secrets", *(home / "secrets").iterdir(), home / "state", home / "run" / "ledger"]
    assert [path for path in kept if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
    written = [path.name for path in (home / "secrets").iterdir() if path.is_file()]
    assert len({(home / "secrets" / name).read_text("utf-8") for name in written}) == len(written)
    # Two addresses for each and for who looks after the servers, the users' file, and Grafana's password.
    assert len(written) == 2 * (len(USERS) + 1) + 2


def test_preparing_again_changes_nothing(home: Path) -> None:
    """Passwords stay, so a second run beside a running system does no harm."""
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    prepare(home)
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_who_looks_after_the_servers_may_do_everything(home: Path, ledger: EmbeddedValkey) -> None:
    """Repairs, and certificates that are renewed, need rights that no process has."""
    with sync_client(Secret(url(home, "ledger", "admin")), Limit()) as client:
        assert client.config_set("slowlog-max-len", 129)
        assert client.bgrewriteaof()


def test_a_password_is_exchanged_without_a_stop(home: Path, ledger: EmbeddedValkey) -> None:
    """Both are taken for a while, as the document says; then the old one is not."""
    acl, old = home / "secrets" / "users.acl", url(home, "ledger", "worker")
    new = re.sub(r"(worker:)\w+", r"\1another", old)
    (hashed,) = re.findall(r"^user worker on (#\w+)", acl.read_text("utf-8"), re.MULTILINE)
    both = f"{hashed} #{hashlib.sha256(b'another').hexdigest()}"

    def taken() -> list[bool]:
        with sync_client(Secret(url(home, "ledger", "admin")), Limit()) as admin:
            assert admin.acl_load()
        return [_lets_in(each) for each in (old, new)]

    acl.write_text(acl.read_text("utf-8").replace(hashed, both), "utf-8")
    assert taken() == [True, True]
    acl.write_text(acl.read_text("utf-8").replace(both, both.partition(" ")[2]), "utf-8")
    assert taken() == [False, True]


def test_hosts_get_secrets_for_a_redis_elsewhere(tmp_path: Path) -> None:
    """Every user's address is a setting, and servers and Sentinels get what they log in with; again changes nothing."""
    place = "rediss+sentinel://a.example:26379,b.example:26379/payments/{db}?ssl_ca_certs=/etc/ca.pem"
    prepare_secrets(tmp_path, place)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for user in (*USERS, "sentinel", "replica"):
        for name, number in DATABASES.items():
            given = (tmp_path / f"{name}.{user}.url").read_text("utf-8")
            assert read_redis_url(given).reveal() == given
            assert re.fullmatch(rf"rediss\+sentinel://{user}:[0-9a-f]{{64}}@a\.example:.*/payments/{number}\?.*", given)
    acl = (tmp_path / "users.acl").read_text("utf-8")
    assert "<sha256>" not in acl
    assert re.findall(r"^user (\w+)", acl, re.MULTILINE) == ["default", *USERS, "sentinel", "replica", "admin"]
    assert re.fullmatch(
        r"masteruser replica\nmasterauth [0-9a-f]{64}\n", (tmp_path / "replica.conf").read_text("utf-8")
    )
    prepare_secrets(tmp_path, place)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("place", ["rediss://worker@a.example/{db}", "rediss://a.example/0", "a.example/{db}"])
def test_an_address_that_cannot_hold_users_is_refused(tmp_path: Path, place: str) -> None:
    """One with a user already, without a place for the database, or that is none."""
    with pytest.raises(ValueError, match="must name no user"):
        prepare_secrets(tmp_path / "secrets", place)
    assert not (tmp_path / "secrets").exists()


def test_compose_mounts_what_is_prepared(home: Path) -> None:
    """Every folder and file that it takes from there, but for the ones that `cardinity keys` and a human add."""
    added = {"secrets/consumer.secret", "secrets/api-keys.json", "secrets/keys"}
    for line in text(COMPOSE).splitlines():
        _, found, place = line.partition("${CARDINITY_HOME:?}/")
        path = place.partition(":")[0].partition('"')[0]
        if found and not any(path.startswith(each) for each in added):
            assert (home / path).exists(), path


def _lets_in(place: str) -> bool:
    try:
        with sync_client(Secret(place), Limit()) as client:
            return bool(client.ping())
    except redis.exceptions.AuthenticationError:
        return False
