"""The embedded server: durable, restartable, and out of the way of a terminal's signals."""

from __future__ import annotations

import os
import select
import socket
import stat
from pathlib import Path

import pytest
import redis

from producers.runtime.embedded import EmbeddedValkey, EmbeddedValkeyError


def _client(server: EmbeddedValkey) -> redis.Redis:
    return redis.Redis.from_url(server.url(), socket_timeout=30, protocol=2)


def test_a_killed_server_comes_back_with_all_it_confirmed(tmp_path: Path) -> None:
    """After `kill -9` the same directory and port serve what was written before."""
    with EmbeddedValkey(tmp_path) as server:
        port = server.port
        with _client(server) as client:
            client.set("order", "accepted")
        server.kill()
        server.start()
        with _client(server) as client:
            assert client.get("order") == b"accepted"
        assert server.port == port


def test_it_is_durable_by_default(tmp_path: Path) -> None:
    """Every write is on disk before its reply, and nothing is evicted."""
    with EmbeddedValkey(tmp_path) as server, _client(server) as client:
        wanted = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "save": ""}
        assert {name: client.config_get(name)[name] for name in wanted} == wanted


def test_it_runs_in_its_own_session(tmp_path: Path) -> None:
    """Ctrl-C in the launcher's terminal does not reach it."""
    with EmbeddedValkey(tmp_path) as server:
        assert os.getsid(server.pid) == server.pid != os.getsid(0)


def test_a_password_stays_in_a_file_of_the_owner(tmp_path: Path) -> None:
    """Directives go through a file nobody else may read, and a server that asks for a password is up."""
    with EmbeddedValkey(tmp_path, config={"requirepass": "open-sesame"}) as server:
        with pytest.raises(redis.AuthenticationError), _client(server) as client:
            client.ping()
        assert stat.S_IMODE((tmp_path / "valkey.conf").stat().st_mode) == 0o600


def test_a_paused_server_keeps_its_connections_and_answers_later(tmp_path: Path) -> None:
    """Frozen, it answers nothing; thawed, it answers what was asked meanwhile."""
    with EmbeddedValkey(tmp_path) as server, socket.create_connection(("127.0.0.1", server.port), 30) as client:
        client.sendall(b"PING\r\n")
        assert client.recv(100) == b"+PONG\r\n"
        server.pause()
        client.sendall(b"PING frozen\r\n")
        assert select.select([client], [], [], 0.1)[0] == []
        server.resume()
        assert client.recv(100) == b"$6\r\nfrozen\r\n"


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    """The error carries what the server said, not only that it failed."""
    with pytest.raises(EmbeddedValkeyError, match="exited with code"):
        EmbeddedValkey(tmp_path, config={"maxmemory-policy": "by-mood"}).start()


def test_another_server_on_its_port_is_not_taken_for_it(tmp_path: Path) -> None:
    """Somebody took the port while it was down: it says so, and nobody is sent to a ledger that is not theirs."""
    with EmbeddedValkey(tmp_path / "ours") as ours, EmbeddedValkey(tmp_path / "other") as other:
        ours.kill()
        with _client(other) as client:
            client.config_set("port", ours.port)
        with pytest.raises(EmbeddedValkeyError, match="is taken"):
            ours.start()
