"""Each rule between settings refuses what breaks it, names both sides, and holds at the edge."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.connection import parse_url

from producers.errors import SettingsError
from producers.runtime.settings import Settings
from producers.runtime.settings_rules import RULES, redis_is_private, redis_place
from producers.runtime.settings_table import settings_table

#: For each rule: settings that just break it, and settings that just keep it.
EDGES: list[tuple[str, dict[str, str], dict[str, str]]] = [
    ("lease_too_short", {"LEASE_S": "45"}, {"LEASE_S": "45.001"}),
    ("connect_too_long", {"CONNECT_TIMEOUT_S": "40.1"}, {"CONNECT_TIMEOUT_S": "40"}),
    ("shutdown_too_short", {"SHUTDOWN_TIMEOUT_S": "49.4"}, {"SHUTDOWN_TIMEOUT_S": "49.5"}),
    ("horizon_too_short", {"ABSENCE_HORIZON_S": "1099.9"}, {"ABSENCE_HORIZON_S": "1100"}),
    ("credits_too_many", {"SEND_CREDITS": "61"}, {"SEND_CREDITS": "61", "LIST_MARGIN": "39"}),
    ("connections_too_few", {"REDIS_CONNECTIONS_MAX": "561"}, {"REDIS_CONNECTIONS_MAX": "562"}),
    ("heartbeat_too_short", {"HEARTBEAT_TIMEOUT_S": "5"}, {"HEARTBEAT_TIMEOUT_S": "5.1"}),
    (
        "ledger_shared",
        {"REDIS_LEDGER_URL": "redis://127.0.0.1:6379/0"},
        {"REDIS_LEDGER_URL": "redis://127.0.0.1/2"},
    ),
    (
        "ledger_shared",
        {"REDIS_LEDGER_URL": "redis://localhost"},
        {"REDIS_LEDGER_URL": "redis://localhost:6380"},
    ),
    (
        "ledger_shared",
        {"REDIS_LEDGER_URL": "redis://:pw@[::1]/?db=0"},
        {"REDIS_LEDGER_URL": "redis://[::1]/0?db=1"},
    ),
    (
        "redis_insecure",
        {"REDIS_LEDGER_URL": "redis://db.example/1"},
        {"REDIS_LEDGER_URL": "rediss://db.example/1"},
    ),
    (
        "redis_insecure",
        {"REDIS_QUEUE_URL": "redis://127.0.0.1.example"},
        {"REDIS_QUEUE_URL": "unix:///run/r.sock"},
    ),
    (
        "redis_insecure",
        {"REDIS_QUEUE_URL": "rediss://db.example/0?ssl_cert_reqs=none"},
        {"REDIS_QUEUE_URL": "rediss://db.example/0?ssl_cert_reqs=required"},
    ),
    (
        "gateway_insecure",
        {"CARDINITY_BASE_URL": "http://gateway.example/v1"},
        {"CARDINITY_BASE_URL": "http://127.0.0.1:8080/v1"},
    ),
    (
        "gateway_not_live",
        {"CARDINITY_MODE": "live", "CARDINITY_BASE_URL": "https://api.cardinity.com.example/v1"},
        {"CARDINITY_MODE": "live"},
    ),
    (
        "gateway_not_live",
        {"CARDINITY_MODE": "live", "CARDINITY_BASE_URL": "http://localhost/v1"},
        {"CARDINITY_MODE": "test", "CARDINITY_BASE_URL": "http://localhost/v1"},
    ),
    (
        "ledger_volatile_live",
        {"CARDINITY_MODE": "live", "ALLOW_VOLATILE_LEDGER": "1"},
        {"CARDINITY_MODE": "test", "ALLOW_VOLATILE_LEDGER": "1"},
    ),
]


def as_redis_py_reads_it(url: str) -> dict[str, Any]:
    """What its client would be built with."""
    return dict(parse_url(url))


@pytest.mark.parametrize(("code", "broken", "kept"), EDGES)
def test_a_rule_holds_to_its_edge(code: str, broken: dict[str, str], kept: dict[str, str]) -> None:
    """Just beyond the edge the boot stops with this rule alone; on it, it goes on."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(broken)
    assert [problem.code for problem in caught.value.problems] == [code]
    Settings.from_environ(kept)


def test_every_rule_has_an_edge() -> None:
    """No rule is without a test of both its sides."""
    assert {rule.code for rule in RULES} == {code for code, _, _ in EDGES}


def test_rules_name_settings_that_exist() -> None:
    """Every name in a rule is a row of the table."""
    names = {row.env for row in settings_table()}
    assert [rule.code for rule in RULES if not names.issuperset(rule.names)] == []


def test_rules_say_both_names_and_the_rule() -> None:
    """The message of a broken rule holds the settings' names and their values."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({"LEASE_S": "40"})
    told = str(caught.value)
    assert all(part in told for part in ("ATTEMPT_DEADLINE_S is 40", "WATCHDOG_S is 5", "LEASE_S is 40", "less than"))


def test_times_may_be_scaled_down() -> None:
    """The shutdown rule asks for a tenth more of a short attempt, not for five seconds."""
    scaled = {
        "ATTEMPT_DEADLINE_S": "1", "CONNECT_TIMEOUT_S": "0.5", "WATCHDOG_S": "0.5", "LEASE_S": "2",
        "SHUTDOWN_TIMEOUT_S": "1.65",
    }  # fmt: skip
    assert Settings.from_environ(scaled).shutdown_timeout_s == 1.65


@given(
    scheme=st.sampled_from(["redis", "rediss"]),
    user=st.sampled_from(["", "user:pw@", ":p%40w@"]),
    host=st.sampled_from(["db.example", "10.0.0.1", "[2001:db8::1]"]),
    port=st.sampled_from(["", ":6379", ":7000"]),
    path=st.sampled_from(["", "/", "/0", "/3"]),
    query=st.sampled_from(["", "?db=2", "?protocol=3", "?protocol=2&db=4"]),
)
def test_a_url_is_read_as_redis_py_reads_it(
    scheme: str, user: str, host: str, port: str, path: str, query: str
) -> None:
    """Host, port and number of the database are those the client will connect to."""
    url = f"{scheme}://{user}{host}{port}{path}{query}"
    theirs = as_redis_py_reads_it(url)
    assert redis_place(url) == (theirs["host"], theirs.get("port", 6379), theirs.get("db", 0))


def test_a_socket_is_read_as_redis_py_reads_it() -> None:
    """So are path and database of a unix socket."""
    theirs = as_redis_py_reads_it("unix://user:pw@/run/my%20redis.sock?db=5")
    assert redis_place("unix://user:pw@/run/my%20redis.sock?db=5") == (theirs["path"], 0, theirs["db"])


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost", "[::1]"])
def test_this_machine_needs_no_tls(host: str) -> None:
    """Every loopback address is private without TLS."""
    assert redis_is_private(f"redis://{host}:6379/0")


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "redis", "[::ffff:10.0.0.1]", "localhost.example"])  # noqa: S104
def test_every_other_host_does(host: str) -> None:
    """A name or address that may be elsewhere is not private without TLS."""
    assert not redis_is_private(f"redis://{host}:6379/0")
