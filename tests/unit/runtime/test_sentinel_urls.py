"""The URL of a service that Sentinels watch: what it says, what is refused, and whether others could read along."""

from __future__ import annotations

import pytest
from redis.connection import parse_url

from producers.errors import SettingsError
from producers.runtime.sentinel import SENTINELS_MAX, read_service
from producers.runtime.settings import Settings
from producers.runtime.settings_databases import read_redis_url
from producers.runtime.settings_kinds import Refused
from producers.runtime.settings_rules import redis_is_private, redis_place

FAR = "rediss+sentinel://worker:s%40cret@r1.example:26379,r2.example:26380,r3.example/pay-1.ledger/1"


def broken(environ: dict[str, str]) -> list[str]:
    """The codes of what a boot with these would be stopped for."""
    try:
        Settings.from_environ({"HOME": "/", **environ})
    except SettingsError as error:
        return [problem.code for problem in error.problems]
    return []


def test_every_part_is_read() -> None:
    """Sentinels with their ports, 26379 where none is said; the service, its database, and whom to log in as."""
    service = read_service(FAR)
    assert service is not None
    assert service.places == (("r1.example", 26379), ("r2.example", 26380), ("r3.example", 26379))
    assert (service.name, service.db, service.encrypted) == ("pay-1.ledger", 1, True)
    theirs = parse_url(service.url)
    assert (theirs["username"], theirs["password"], theirs["db"]) == ("worker", "s@cret", 1)


def test_sentinels_have_a_user_of_their_own_or_none() -> None:
    """The server's password is not told to them, and theirs not to the server; TLS is the same for both."""
    service = read_service(f"{FAR}?sentinel_user=ask&sentinel_password=o%26k&ssl_ca_certs=/etc/ca.pem")
    assert service is not None
    server, sentinel = parse_url(service.url), parse_url(service.sentinel_url(("r2.example", 26380)))
    assert (sentinel["username"], sentinel["password"]) == ("ask", "o&k")
    assert (sentinel["host"], sentinel["port"], sentinel["db"]) == ("r2.example", 26380, 0)
    assert server["ssl_ca_certs"] == sentinel["ssl_ca_certs"] == "/etc/ca.pem"
    assert "sentinel_password" not in server
    bare = read_service(FAR)
    assert bare is not None
    assert "password" not in parse_url(bare.sentinel_url(("r2.example", 26380)))


def test_an_address_of_version_six_has_brackets() -> None:
    """As in every URL."""
    service = read_service("redis+sentinel://[::1]:7000,[::1]/ledger/1")
    assert service is not None
    assert service.places == (("::1", 7000), ("::1", 26379))
    assert parse_url(service.url)["host"] == "::1"


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://localhost",
        "redis+sentinel://localhost/",
        "redis+sentinel:///ledger/1",
        "redis+sentinel://localhost,/ledger/1",
        "redis+sentinel://localhost:0/ledger/1",
        "redis+sentinel://localhost:65536/ledger/1",
        "redis+sentinel://localhost,localhost/ledger/1",
        f"redis+sentinel://{','.join(f'h{n}' for n in range(SENTINELS_MAX + 1))}/ledger/1",
        "redis+sentinel://[:::]/ledger/1",
        "redis+sentinel://u:p]w@localhost/ledger/1",
        "redis+sentinel://localhost/ledger/one",
        "redis+sentinel://localhost/led ger/1",
        "redis+sentinel://localhost/ledger/1/2",
        "redis+sentinel://localhost/ledger/1#there",
        "redis+sentinel://localhost/ledger/1?db=2",
        "redis+sentinel://localhost/ledger/1?ssl_cert_reqs=perhaps",
        "redis+sentinel://localhost/ledger/1?sentinel_user=a&sentinel_user=b",
        "redis+sentinel://localhost/ledger/1?max_connections=2",
        "unix+sentinel://localhost/ledger/1",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    """As strictly as other addresses of Redis, and without a word of what was given."""
    with pytest.raises(Refused) as caught:
        read_redis_url(url)
    assert "ledger" not in str(caught.value).replace("/service/", "")


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("redis+sentinel://localhost,127.0.0.2:26380/ledger/1", True),
        ("redis+sentinel://localhost,r2.example/ledger/1", False),
        ("rediss+sentinel://r1.example,r2.example/ledger/1", True),
        ("rediss+sentinel://r1.example/ledger/1?ssl_cert_reqs=none", False),
        ("rediss+sentinel://r1.example/ledger/1?ssl_check_hostname=false", False),
    ],
)
def test_without_tls_all_of_them_are_on_this_machine(url: str, private: bool) -> None:
    """The rule of `redis://`, for every Sentinel."""
    assert redis_is_private(url) is private


def test_the_order_of_sentinels_makes_no_other_place() -> None:
    """Queue and ledger are told apart by service and database."""
    one, same = ("redis+sentinel://localhost:1,localhost:2/pay/1", "redis+sentinel://localhost:2,localhost:1/pay/1")
    assert redis_place(one) == redis_place(same)
    assert redis_place(one) != redis_place(one.replace("/pay/1", "/pay/0"))
    assert redis_place(one) != redis_place(one.replace("/pay/1", "/pay2/1"))


def test_a_boot_is_held_to_it() -> None:
    """Both settings take such a URL, and are refused where it leads elsewhere in the clear, or to one database."""
    near = {
        "REDIS_QUEUE_URL": "redis+sentinel://localhost/pay/0",
        "REDIS_LEDGER_URL": "redis+sentinel://localhost/pay/1",
    }
    assert broken(near) == []
    far = {"REDIS_LEDGER_URL": "redis+sentinel://r1.example/pay/1"}
    assert broken(near | far) == ["redis_insecure"]
    assert broken(near | {"REDIS_LEDGER_URL": near["REDIS_QUEUE_URL"]}) == ["ledger_shared"]
    assert "s%40cret" not in repr(Settings.from_environ({"HOME": "/", "REDIS_LEDGER_URL": FAR}))
