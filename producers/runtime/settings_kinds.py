"""How the text of one setting becomes a value, or is refused.

Readers are strict: ASCII, no blanks, no signs, no exponents. They never repeat what they were given: a
secret in the wrong variable is a common mistake and messages are logged.
"""

from __future__ import annotations

import ipaddress
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, TypeVar
from urllib.parse import SplitResult, urlsplit

from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.contract.budgets import Budget, parse_budgets
from producers.contract.totals import read_totals

N = TypeVar("N", int, float)
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

#: The longest time a setting may name: a week, in seconds. More is a mistyped unit.
SECONDS_MAX: Final = 604_800.0
#: Bytes read of a secret's file.
FILE_MAX: Final = 65_536

_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
_COUNT = re.compile(r"[0-9]{1,9}")
_FLAGS: Final = {"0": False, "false": False, "1": True, "true": True}


class Refused(ValueError):
    """The text is not a value of its setting; `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of setting: its name in the table, its unit, and how its text is read."""

    name: str
    read: Callable[[str], object]
    unit: str = ""


def seconds(*, low: float = 0.001, high: float = SECONDS_MAX) -> Kind:
    """A duration, decimals allowed."""

    def read(given: str) -> float:
        if not _SECONDS.fullmatch(given):
            raise Refused("setting_format", "must be a number of seconds like 40 or 0.5")
        return _within(float(given), low, high)

    return Kind("number", read, "s")


def count(*, low: int = 1, high: int = 1_000_000, unit: str = "") -> Kind:
    """A whole number."""

    def read(given: str) -> int:
        if not _COUNT.fullmatch(given):
            raise Refused("setting_format", "must be a whole number like 5")
        return _within(int(given), low, high)

    return Kind("whole number", read, unit)


def choice(*choices: str) -> Kind:
    """One of a few words."""

    def read(given: str) -> str:
        if given not in choices:
            raise Refused("setting_format", f"must be {' or '.join(choices)}")
        return given

    return Kind(" or ".join(choices), read)


def name(pattern: str, expected: str) -> Kind:
    """A word; `expected` says what the pattern matches."""
    matcher = re.compile(pattern)

    def read(given: str) -> str:
        if not matcher.fullmatch(given):
            raise Refused("setting_format", f"must be {expected}")
        return given

    return Kind("text", read)


def read_flag(given: str) -> bool:
    """Yes or no."""
    if given not in _FLAGS:
        raise Refused("setting_format", "must be 0 or 1")
    return _FLAGS[given]


def read_secret(given: str) -> Secret[str]:
    """One line of text; a line break inside means that a file holds something else than was meant."""
    if any(character < " " or character == "\x7f" for character in given):
        raise Refused("setting_format", "must be one line of text")
    return Secret(given)


def read_path(given: str) -> Path:
    """A path that does not depend on where the process was started."""
    if not given.startswith("/") or "\x00" in given:
        raise Refused("setting_format", "must be an absolute path")
    return Path(given)


def read_private_path(given: str) -> Path:
    """The path of a file with secrets in it, which is read later, and again when keys rotate."""
    path = read_path(given)
    read_file(path, private=True)
    return path


def read_networks(given: str) -> tuple[Network, ...]:
    """Addresses and networks, with commas between them."""
    try:
        return tuple(ipaddress.ip_network(part.strip(" ")) for part in given.split(","))
    except ValueError:
        raise Refused("setting_format", "must be addresses or networks like 192.0.2.7,198.51.100.0/24") from None


def read_total_limits(given: str) -> Mapping[str, Money]:
    """Amounts by currency, with commas between them."""
    try:
        return read_totals(given)
    except ValueError as error:
        raise Refused("setting_format", str(error)) from None


def read_budgets(given: str) -> tuple[Budget, ...]:
    """How often networks let a card be declined, with commas between them; `none` for no limit."""
    try:
        return () if given == "none" else parse_budgets(given)
    except ValueError:
        raise Refused("setting_format", "must be like visa=15/30d,mastercard=8/24h, or none") from None


def read_gateway_url(given: str) -> str:
    """The gateway's address without a slash at its end."""
    parts = split_url(given)
    plain = parts.username is None and not parts.query and not parts.fragment
    if parts.scheme not in ("https", "http") or not parts.hostname or not plain:
        raise Refused("setting_format", "must be a URL like https://api.cardinity.com/v1, without user or query")
    return given.rstrip("/")


def read_clock_url(given: str) -> str:
    """The address of a sandbox's clock."""
    parts = split_url(given)
    plain = parts.username is None and not parts.query and not parts.fragment
    if parts.scheme != "http" or not parts.hostname or not parts.path.endswith("/clock") or not plain:
        raise Refused("setting_format", "must be a URL like http://127.0.0.1:8080/_sandbox/clock")
    return given


def read_console_url(given: str) -> str:
    """Where operators' browsers reach the console, without a slash at its end: through TLS, or on this machine."""
    parts = split_url(given)
    plain = parts.username is None and not parts.query and not parts.fragment and parts.path in ("", "/")
    here = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not (parts.scheme == "https" or here) or not parts.hostname or not plain:
        raise Refused("setting_format", "must be a URL like https://console.example, without a path")
    return given.rstrip("/")


def read_browser_url(given: str) -> str:
    """An address that a customer's browser is sent to."""
    parts = split_url(given)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username is not None or parts.fragment:
        raise Refused("setting_format", "must be a URL like https://shop.example/paid, without user or fragment")
    return given


def split_url(given: str) -> SplitResult:
    """The parts of a URL, its port looked at too: urlsplit itself does not. Raises Refused."""
    try:
        if not given.isascii() or any(character <= " " for character in given):
            raise ValueError
        parts = urlsplit(given)
        parts.port  # noqa: B018 - raises where it is no port
    except ValueError:
        raise Refused("setting_format", "is not a URL") from None
    return parts


class FromFile(str):
    """A text, and the file that it was read from: what is not secret may be read again when that is replaced."""

    path: Path | None = None


def as_given(given: str) -> str:
    """What was given, as it is."""
    return given


def read_file(path: Path, *, private: bool) -> str:
    """A file's text without the line end that editors leave.

    Raises:
        Refused: it is missing, not a file, too long, not text, or others may read what is private.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            mode, owner = (status := os.fstat(file.fileno())).st_mode, status.st_uid
            content = file.read(FILE_MAX + 1) if stat.S_ISREG(mode) else b""
    except OSError as error:
        raise Refused("secret_missing", f"the file cannot be read: {error.strerror}") from None
    except ValueError:
        raise Refused("secret_missing", "the file cannot be read: no path has a NUL in it") from None
    if not stat.S_ISREG(mode):
        raise Refused("setting_format", "must name a file")
    if private and not is_private(mode, owner):
        message = f"others may read the file (mode {stat.S_IMODE(mode):04o}); chmod 600 it"
        raise Refused("secret_permissions", message)
    try:
        decoded = content.decode()
    except UnicodeDecodeError:
        raise Refused("setting_format", "the file is not UTF-8 text") from None
    if len(content) > FILE_MAX:
        raise Refused("setting_format", f"the file is longer than {FILE_MAX} bytes")
    return decoded.removesuffix("\n").removesuffix("\r")


def is_private(mode: int, owner: int) -> bool:
    """Whether only its owner can read a file; or root has laid it out for one group to read and for nobody to write, as
    Kubernetes does with the secrets of a pod and systemd with the credentials of a service.
    """
    return not mode & 0o077 or (owner == 0 and stat.S_IMODE(mode) == 0o440)


def _without_waiting(path: str, flags: int) -> int:
    """Opens a pipe nobody writes to at once, to be told that it is no file."""
    return os.open(path, flags | os.O_NONBLOCK)


def _within(value: N, low: N, high: N) -> N:
    if not low <= value <= high:
        raise Refused("setting_range", f"must be from {low:g} to {high:g}")
    return value


FLAG: Final = Kind("0 or 1", read_flag)
SECRET: Final = Kind("secret", read_secret)
TEXT: Final = Kind("JSON", as_given)
PATH: Final = Kind("path", read_path)
PRIVATE_PATH: Final = Kind("path", read_private_path)
NETWORKS: Final = Kind("addresses", read_networks)
TOTALS: Final = Kind("amounts", read_total_limits)
BUDGETS: Final = Kind("budgets", read_budgets)
GATEWAY_URL: Final = Kind("URL", read_gateway_url)
CLOCK_URL: Final = Kind("URL", read_clock_url)
BROWSER_URL: Final = Kind("URL", read_browser_url)
CONSOLE_URL: Final = Kind("URL", read_console_url)
