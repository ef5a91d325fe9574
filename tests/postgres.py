"""A PostgreSQL server for tests, from the system's package: its own directory, a Unix socket, no network."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

#: Where Debian keeps the server's programs; elsewhere they are on PATH.
_DEBIAN = Path("/usr/lib/postgresql")
#: The user that the package makes; the server refuses to run as root.
_USER = "postgres"
#: Seconds that a start or a stop may take.
_TIMEOUT_S = 60


def need() -> str | None:
    """None when a server can be started here, else why not."""
    if _program("initdb") is None:
        return "PostgreSQL's server is not installed (Debian: apt install postgresql)"
    if os.getuid() == 0 and _account() is None:
        return f"PostgreSQL does not run as root, and there is no user {_USER}"
    return None


class Postgres:
    """A server while this is entered. Durability is the database's own affair: it runs without fsync."""

    def __init__(self) -> None:
        self._directory = Path()
        self._databases = 0

    def __enter__(self) -> Self:
        # A socket's path has a hundred bytes, so not below pytest's own directory; and it must be the other user's.
        self._directory = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        try:
            if (account := _account()) and os.getuid() == 0:
                os.chown(self._directory, account.pw_uid, account.pw_gid)
            data = self._directory / "data"
            self._run("initdb", "-D", data, "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
            options = f"-c listen_addresses= -c unix_socket_directories={self._directory}"
            options += " -c fsync=off -c full_page_writes=off"
            log = self._directory / "server.log"
            self._run("pg_ctl", "-D", data, "-l", log, "-w", "-t", str(_TIMEOUT_S), "-o", options, "start")
        except BaseException:
            shutil.rmtree(self._directory, ignore_errors=True)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        data = self._directory / "data"
        try:
            self._run("pg_ctl", "-D", data, "-w", "-t", str(_TIMEOUT_S), "-m", "immediate", "stop")
        finally:
            shutil.rmtree(self._directory, ignore_errors=True)

    def database(self) -> str:
        """The URL of a new, empty database."""
        self._databases += 1
        name = f"archive{self._databases}"
        self._run("createdb", "-h", self._directory, "-U", _USER, name)
        return f"postgresql://{_USER}@/{name}?host={self._directory}"

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self._directory / ".s.PGSQL.5432"

    def drop(self, url: str) -> None:
        """Give its space back: hundreds of databases are gigabytes. Whoever is still connected loses that."""
        name = url.removeprefix(f"postgresql://{_USER}@/").partition("?")[0]
        self._run("dropdb", "--force", "-h", self._directory, "-U", _USER, name)

    def _run(self, program: str, *arguments: Path | str) -> None:
        found = _program(program)
        assert found is not None, program
        account = _account() if os.getuid() == 0 else None
        done = subprocess.run(
            [str(found), *map(str, arguments)],
            user=None if account is None else account.pw_uid,
            group=None if account is None else account.pw_gid,
            extra_groups=None if account is None else [],
            cwd=self._directory,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the server keeps what it is given open
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            text=True,
            timeout=_TIMEOUT_S,
        )
        assert done.returncode == 0, f"{program}: {done.stderr or _end_of(self._directory / 'server.log')}"


def _program(name: str) -> Path | None:
    versions: Sequence[Path] = sorted(_DEBIAN.glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    places = [*versions, *map(Path, os.environ.get("PATH", "").split(":"))]
    return next((place / name for place in places if (place / name).is_file()), None)


def _account() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(_USER)
    except KeyError:
        return None


def _end_of(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-2000:] if log.exists() else ""
