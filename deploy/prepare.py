"""What a deployment mounts or reads, made once, before the first start. Standard library only.

    prepare.py DIRECTORY         for compose.yaml: folders, secrets, and who the containers run as
    prepare.py DIRECTORY URL     for hosts and clusters: secrets only, for a Redis that is found at URL

Users of Redis with a random password each, and the addresses that hold these passwords. What is there already stays as
it is, so a second run adds what a new release needs and breaks nothing. URL has no user, and `{db}` for the database:
`rediss+sentinel://a.example:26379,b.example:26379,c.example:26379/payments/{db}?ssl_ca_certs=/etc/cardinity-batch/tls/ca.pem`.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import sys
from pathlib import Path

#: The rights of processes, and of servers and Sentinels among themselves, with a place for each password's hash.
RIGHTS, RIGHTS_OF_SERVERS = (Path(__file__).parent / "redis" / name for name in ("users.acl", "sentinel-users.acl"))
#: Who looks after the servers: no process of ours.
ADMIN = "user admin on #<sha256> ~* &* +@all\n"
#: Each database with its number.
DATABASES = {"queue": 0, "ledger": 1}
#: In Compose each database has a server, whose socket is in `run/<name>`, which is mounted as `/run/redis-<name>`.
SOCKET = "unix:///run/redis-{name}/redis.sock?db={db}"
#: Who may write here, and nobody else: what is in them.
FOLDERS = (
    "secrets", "secrets/console", "secrets/webhooks", "state", "run/queue", "run/ledger", "data/queue", "data/ledger",
    "data/grafana",
)  # fmt: skip

_USER = re.compile(r"^user (\w+) on #<sha256>", re.MULTILINE)


def prepare(directory: Path) -> None:
    """Make what is missing of what Compose mounts."""
    for folder in FOLDERS:
        _folder(directory / folder)
    _users(directory / "secrets", SOCKET, RIGHTS)
    _write(directory / "secrets" / "grafana.password", _kept(directory / "secrets" / "grafana.password"))
    who = f"CARDINITY_HOME={directory.resolve()}\nCARDINITY_UID={os.getuid()}\nCARDINITY_GID={os.getgid()}\n"
    _write(directory / "compose.env", who)


def prepare_secrets(directory: Path, url: str) -> None:
    """Make what is missing for a Redis elsewhere: users, addresses, and how servers and Sentinels log in.

    Raises:
        ValueError: the URL names a user, or no place for the database.
    """
    if "@" in url or "{db}" not in url or "://" not in url:
        raise ValueError("the URL must name no user, and {db} where the number of the database belongs")
    _folder(directory)
    passwords = _users(directory, url, RIGHTS, RIGHTS_OF_SERVERS)
    _write(directory / "replica.conf", f"masteruser replica\nmasterauth {passwords['replica']}\n")
    _write(directory / "sentinel.password", passwords["sentinel"])


def _users(directory: Path, url: str, *rights: Path) -> dict[str, str]:
    """Their file for the server, an address of each database for each; their passwords."""
    lines = "".join(path.read_text("utf-8") for path in rights) + ADMIN
    passwords = {user: _password(directory, user) for user in _USER.findall(lines)}
    _write(directory / "users.acl", _USER.sub(lambda found: _line(found[1], passwords), lines))
    for user, password in passwords.items():
        for name, number in DATABASES.items():
            address = url.replace("{name}", name).replace("{db}", str(number))
            _write(directory / f"{name}.{user}.url", address.replace("://", f"://{user}:{password}@", 1))
    return passwords


def _line(user: str, passwords: dict[str, str]) -> str:
    return f"user {user} on #{hashlib.sha256(passwords[user].encode()).hexdigest()}"


def _password(directory: Path, user: str) -> str:
    """The one it has, or a new one."""
    path = directory / f"ledger.{user}.url"
    if path.exists():
        return path.read_text("utf-8").partition(f"://{user}:")[2].partition("@")[0]
    return secrets.token_hex(32)


def _kept(path: Path) -> str:
    """What the file holds, or a new password."""
    return path.read_text("utf-8") if path.exists() else secrets.token_hex(32)


def _folder(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def _write(path: Path, content: str) -> None:
    """For its owner only, and whole or not at all."""
    draft = path.with_name(f".{path.name}")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
    draft.replace(path)


if __name__ == "__main__":
    match sys.argv[1:]:
        case [place]:
            prepare(Path(place))
        case [place, where]:
            prepare_secrets(Path(place), where)
        case _:
            sys.exit(__doc__)
