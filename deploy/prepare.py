"""`prepare.py DIRECTORY`: what compose.yaml mounts, made once, before the first start. Standard library only.

Users of Redis with a random password each, the addresses that hold these passwords, the folders, and who the containers
run as. What is there already stays as it is, so a second run adds what a new release needs and breaks nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import sys
from pathlib import Path

#: The users' rights, with a place for each password's hash.
TEMPLATE = Path(__file__).parent / "redis" / "users.acl"
#: Each database with its number. Its server's socket is in `run/<name>`, which is mounted as `/run/redis-<name>`.
DATABASES = {"queue": 0, "ledger": 1}
#: Who may write here, and nobody else: what is in them.
FOLDERS = ("secrets", "state", "run/queue", "run/ledger", "data/queue", "data/ledger")

_USER = re.compile(r"^user (\w+) on #<sha256>", re.MULTILINE)


def prepare(directory: Path) -> None:
    """Make what is missing."""
    for folder in FOLDERS:
        (directory / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    passwords = {user: _password(directory, user) for user in _USER.findall(TEMPLATE.read_text("utf-8"))}
    _write(directory / "secrets" / "users.acl", _USER.sub(lambda found: _line(found[1], passwords), _rights()))
    for user, password in passwords.items():
        for name, number in DATABASES.items():
            url = f"unix://{user}:{password}@/run/redis-{name}/redis.sock?db={number}"
            _write(directory / "secrets" / f"{name}.{user}.url", url)
    who = f"CARDINITY_HOME={directory.resolve()}\nCARDINITY_UID={os.getuid()}\nCARDINITY_GID={os.getgid()}\n"
    _write(directory / "compose.env", who)


def _rights() -> str:
    return TEMPLATE.read_text("utf-8")


def _line(user: str, passwords: dict[str, str]) -> str:
    return f"user {user} on #{hashlib.sha256(passwords[user].encode()).hexdigest()}"


def _password(directory: Path, user: str) -> str:
    """The one it has, or a new one."""
    path = directory / "secrets" / f"ledger.{user}.url"
    if path.exists():
        return path.read_text("utf-8").partition(f"unix://{user}:")[2].partition("@")[0]
    return secrets.token_hex(32)


def _write(path: Path, content: str) -> None:
    """For its owner only, and whole or not at all."""
    draft = path.with_name(f".{path.name}")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
    draft.replace(path)


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
