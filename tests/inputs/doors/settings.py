"""Configuration: what an environment may hold instead of settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from producers.errors import SettingsError
from producers.runtime.settings import Settings
from producers.runtime.settings_rules import RULES
from producers.vault import Sealer
from tests.inputs.cards import ARABIC
from tests.inputs.rows import Complaint, Row, Told
from tests.inputs.settings_edges import EDGES
from tests.inputs.world import World
from tests.unit.contract.builders import PAN

#: Reads an environment: what a producer, a worker or anybody does with it.
Reader = Callable[[Mapping[str, str]], object]
#: Changes an environment, which may take a file: `path` is where one may be made.
Change = Callable[[Path], Mapping[str, str]]


class Given(NamedTuple):
    """An environment, and who reads it."""

    environ: Mapping[str, str] | Change
    read: Reader = Settings.from_environ


_NO_NUMBERS = [
    "4e1", "1_0", " 40", "40 ", "40\n", "+40", "-40", "40".translate(ARABIC), "40.", ".5", "nan", "inf", "0x28",
    "1" * 5000, "²", "abc", "40s", "1,5", "40.0000001", "--1", "\x00", PAN, "40\u200b", "None", "true",
]  # fmt: skip
_NO_COUNTS = ["5.0", "1e1", "five", "5".translate(ARABIC), "-1", "+5", "0b1", " ", "5 ", "1" * 10, PAN]
_BEYOND = [
    ("ATTEMPT_DEADLINE_S", "0"), ("ATTEMPT_DEADLINE_S", "901"), ("LEASE_S", "0"), ("LEASE_S", "604801"),
    ("WATCHDOG_S", "0.04"), ("WATCHDOG_S", "301"), ("LIST_LIMIT", "0"), ("LIST_LIMIT", "101"), ("LIST_MARGIN", "100"),
    ("METRICS_PORT", "65536"), ("CLAIMS_MAX", "0"), ("CLAIMS_MAX", "101"), ("IN_FLIGHT_MAX", "0"),
    ("IN_FLIGHT_MAX", "10001"), ("WORKER_PROCESSES", "0"), ("WORKER_PROCESSES", "257"), ("LEDGER_REPLICAS", "17"),
    ("LEDGER_REPLICAS_WAIT_S", "61"), ("ORDER_TTL_S", "0.5"), ("ORDER_TTL_S", "86401"), ("CLOCK_SKEW_S", "301"),
    ("SEND_CREDITS", "0"), ("CLEAN_SCANS", "0"), ("REDIS_CONNECTIONS_MAX", "1000001"), ("SWEEP_INTERVAL_S", "61"),
    ("RENEWAL_FROM_H", "24"), ("RENEWAL_UNTIL_H", "0"), ("RENEWAL_UNTIL_H", "25"), ("RENEWAL_RATE_MAX", "10001"),
]  # fmt: skip
_NOT_OF_THEIR_KIND = [
    ("CARDINITY_MODE", "prod"), ("CARDINITY_MODE", "LIVE"), ("ABSENT", "Prove"), ("ABSENT", "both"),
    ("ALLOW_VOLATILE_LEDGER", "yes"), ("ALLOW_VOLATILE_LEDGER", "2"), ("ALLOW_VOLATILE_LEDGER", "True"),
    ("PRODUCER_ID", "shop 1"), ("PRODUCER_ID", "-shop"), ("PRODUCER_ID", "a" * 65), ("PRODUCER_ID", "shop\n"),
    ("CARDINITY_CONSUMER_KEY", "key with blanks"), ("CARDINITY_CONSUMER_KEY", "k" * 129),
    ("CARDINITY_CONSUMER_KEY", "schlüssel"), ("CARDINITY_CONSUMER_SECRET", "two\nlines"),
    ("CARDINITY_CONSUMER_SECRET", "nul\x00"), ("CARDINITY_CONSUMER_SECRET", f"{PAN}\r"), ("STATE_DIR", "relative/path"),
    ("STATE_DIR", "~/state"), ("STATE_DIR", "/state\x00"), ("PROMETHEUS_MULTIPROC_DIR", "metrics"),
    ("METRICS_HOST", "a b"), ("API_KEYS_FILE", "keys.json"), ("HOSTED_PROJECT_ID", "pr oject"), ("WEBHOOK_RATE", "0.5"),
    ("WEBHOOK_SOURCES", "anywhere"), ("WEBHOOK_SOURCES", "192.0.2.1/24"), ("WEBHOOK_SOURCES", "192.0.2.1,,192.0.2.2"),
    ("WEBHOOK_SOURCES", "192.0.2.1;192.0.2.2"), ("WEBHOOK_SOURCES", PAN), ("HTTP_PROXIES", "localhost"),
    ("HTTP_PROXIES", "2001:db8::/129"), ("HTTP_PROXIES", "192.0.2.7:443"),
    ("CALLBACK_URL", "javascript:alert(1)"), ("CALLBACK_URL", "https://user:pw@shop.example/3ds"),
    ("CALLBACK_RETURN_URL", "/paid"), ("CALLBACK_RETURN_URL", "https://shop.example/#paid"),
    ("CALLBACK_RETURN_URL", "https://shop.example/\r\nSet-Cookie: a"), ("HOSTED_CHECKOUT_URL", "checkout.example"),
    ("METRICS_HOST", "localhost/x"), ("LOG_FORMAT", "xml"), ("LOG_LEVEL", "INFO"),
    ("REDIS_QUEUE_URL", "http://127.0.0.1:6379/0"), ("REDIS_QUEUE_URL", "redis://127.0.0.1:99999/0"),
    ("REDIS_QUEUE_URL", "redis://127.0.0.1:x/0"), ("REDIS_QUEUE_URL", "redis://127.0.0.1/zero"),
    ("REDIS_QUEUE_URL", "redis://[::1/0"), ("REDIS_QUEUE_URL", "redis://127.0.0.1/0\n"),
    ("REDIS_QUEUE_URL", "127.0.0.1:6379"), ("REDIS_QUEUE_URL", f"redis://:{PAN}@127.0.0.1:x/0"),
    ("REDIS_QUEUE_URL", "redis+sentinel://127.0.0.1/"), ("REDIS_QUEUE_URL", f"redis+sentinel://:{PAN}@h:x/pay/0"),
    ("REDIS_QUEUE_URL", "unix://"), ("REDIS_LEDGER_URL", "redis:///1"), ("REDIS_LEDGER_URL", "redis://127.0.0.1/1/2"),
    ("REDIS_LEDGER_URL", "redis://höst/1"), ("ARCHIVE_URL", "mysql://h/pay"), ("ARCHIVE_URL", "sqlite:///archive.db"),
    ("ARCHIVE_URL", "sqlite://"), ("ARCHIVE_URL", "sqlite:////"), ("ARCHIVE_URL", "sqlite://h//archive.db"),
    ("ARCHIVE_URL", "sqlite:////archive.db?mode=memory"), ("ARCHIVE_URL", "postgresql://db.example"),
    ("ARCHIVE_URL", "postgresql:///pay"), ("ARCHIVE_URL", "postgresql://h/pay/more"), ("ARCHIVE_URL", "POSTGRESQL://h/p"),
    ("ARCHIVE_URL", "postgresql+psycopg://h/pay"), ("ARCHIVE_URL", "postgresql://h:x/pay"), ("ARCHIVE_URL", PAN),
    ("ARCHIVE_URL", "postgresql://h/pay?sslmode=allow"), ("ARCHIVE_URL", "postgresql://h/pay?host=/run"),
    ("ARCHIVE_URL", "postgresql://h/pay?options=-csearch_path=x"), ("ARCHIVE_URL", "postgresql://h/pay?sslmode="),
    ("ARCHIVE_URL", f"postgresql://:{PAN}@h:x/pay"), ("CLOCK_URL", "clock"), ("RENEWAL_RATE_MAX", "1/s"),
    ("RENEWAL_FROM_H", "06:00"), ("CARDINITY_BASE_URL", "api.cardinity.com/v1"),
    ("CARDINITY_BASE_URL", "https://user@api.cardinity.com/v1"), ("CARDINITY_BASE_URL", "https://u:p@h/v1"),
    ("CARDINITY_BASE_URL", "https://api.cardinity.com/v1?x=1"), ("CARDINITY_BASE_URL", "https://api.cardinity.com/#v1"),
    ("CARDINITY_BASE_URL", "file:///etc/passwd"), ("CARDINITY_BASE_URL", "javascript:alert(1)"),
    ("CARDINITY_BASE_URL", "https://"), ("CARDINITY_BASE_URL", "https://[::1"), ("CARDINITY_BASE_URL", "//host/v1"),
    ("CARDINITY_BASE_URL", "https://\u0430pi.cardinity.com/v1"), ("CARDINITY_BASE_URL", "https://h\r\nX: y/v1"),
]  # fmt: skip
#: Of these the Redis client understands something else than we, or nothing, and says so when it connects.
_REDIS_OPTIONS = [
    "REDIS://127.0.0.1/0",
    "redis://127.0.0.1/0?db=",
    "redis://127.0.0.1/0?db=1&db=2",
    "rediss://db.example/0?ssl_cert_reqs=none&ssl_cert_reqs=required",
    "rediss://db.example/0?ssl_cert_reqs=whatever",
    "rediss://db.example/0?ssl_check_hostname=f",
    "rediss://db.example/0?ssl_ca_certs=relative.pem",
    "redis://127.0.0.1/0?max_connections=0",
    "redis://127.0.0.1/0?db=x",
    "redis://127.0.0.1/0?db=-1",
    f"redis://127.0.0.1/0?db={PAN}",
    "redis://127.0.0.1/0?socket_timeout=x",
    "redis://127.0.0.1/0?protocol=9",
    "redis://127.0.0.1/0?nonsense=1",
    "unix:///run/r.sock?db=x",
]
_RULES = {rule.code: ", ".join(rule.names) for rule in RULES}


def _private(content: bytes, mode: int = 0o600, name: str = "PRODUCER_KEY_FILE") -> Change:
    def make(path: Path) -> Mapping[str, str]:
        path.write_bytes(content)
        path.chmod(mode)
        return {name: str(path)}

    return make


def _pipe(path: Path) -> Mapping[str, str]:
    os.mkfifo(path, 0o600)
    return {"PRODUCER_KEY_FILE": str(path)}


def _twice(path: Path) -> Mapping[str, str]:
    return {"PRODUCER_KEY": "shhh", **_private(b"shhh")(path)}


_FROM_FILES: list[tuple[str, Change, str, str]] = [
    ("two lines", _private(b"two\nlines\n"), "setting_format", "PRODUCER_KEY"),
    ("no text", _private(b"\xff\xfe"), "setting_format", "PRODUCER_KEY"),
    ("nul", _private(b"nul\x00byte"), "setting_format", "PRODUCER_KEY"),
    ("too long", _private(b"x" * 70_000), "setting_format", "PRODUCER_KEY"),
    ("empty", _private(b"\n"), "secret_missing", "PRODUCER_KEY"),
    ("a pipe", _pipe, "setting_format", "PRODUCER_KEY"),
    ("given twice", _twice, "setting_given_twice", "PRODUCER_KEY"),
    ("no file", lambda path: {"PRODUCER_KEY_FILE": str(path)}, "secret_missing", "PRODUCER_KEY"),
    ("nul in path", lambda path: {"PRODUCER_KEY_FILE": f"{path}\x00"}, "secret_missing", "PRODUCER_KEY"),
    ("path too long", lambda path: {"PRODUCER_KEY_FILE": "/" + "x" * 5000}, "secret_missing", "PRODUCER_KEY"),
    ("a directory", lambda path: {"PRODUCER_KEY_FILE": str(path.parent)}, "secret_missing", "PRODUCER_KEY"),
    ("behind a file", lambda path: {"PRODUCER_KEY_FILE": "/dev/null/key"}, "secret_missing", "PRODUCER_KEY"),
    ("a loop", lambda path: {"PRODUCER_KEY_FILE": _loop(path)}, "secret_missing", "PRODUCER_KEY"),
    ("others may read", _private(b"{}", 0o644), "secret_permissions", "PRODUCER_KEY"),
    ("a group may write", _private(b"{}", 0o620), "secret_permissions", "PRODUCER_KEY"),
    ("url others may read", _private(b"redis://h", 0o640, "REDIS_LEDGER_URL_FILE"), "secret_permissions",
     "REDIS_LEDGER_URL"),
    ("keys others may read", _private(b"{}", 0o644, "SEAL_PRIVATE_KEYS_FILE"), "secret_permissions",
     "SEAL_PRIVATE_KEYS_FILE"),
    ("keys of two places", lambda path: {**_private(b"{}", 0o600, "SEAL_PRIVATE_KEYS_FILE")(path),
     "SEAL_PRIVATE_KEYS_COMMAND": "kms"}, "keys_twice", "SEAL_PRIVATE_KEYS_FILE, SEAL_PRIVATE_KEYS_COMMAND"),
    ("vault keys others may read", _private(b"{}", 0o644, "VAULT_PRIVATE_KEYS_FILE"), "secret_permissions",
     "VAULT_PRIVATE_KEYS_FILE"),
    ("vault keys of two places", lambda path: {**_private(b"{}", 0o600, "VAULT_PRIVATE_KEYS_FILE")(path),
     "VAULT_PRIVATE_KEYS_COMMAND": "kms"}, "keys_twice", "VAULT_PRIVATE_KEYS_FILE, VAULT_PRIVATE_KEYS_COMMAND"),
    ("list others may read", _private(b"{}", 0o604, "PRODUCERS_FILE"), "secret_permissions", "PRODUCERS_FILE"),
]  # fmt: skip


def _loop(path: Path) -> str:
    path.symlink_to(path)
    return str(path)


def _seals(environ: Mapping[str, str]) -> object:
    return Sealer.from_settings(Settings.from_environ(environ))


_KEY_SETTINGS: list[tuple[Mapping[str, str], str, str]] = [
    ({}, "secret_missing", "SEAL_PUBLIC_KEY"),
    ({"SEAL_PUBLIC_KEY": "{}"}, "key_file_format", "SEAL_PUBLIC_KEY"),
    ({"SEAL_PUBLIC_KEY": PAN}, "key_file_format", "SEAL_PUBLIC_KEY"),
    ({"SEAL_PUBLIC_KEY": f'{{"{PAN}": 1}}'}, "key_file_format", "SEAL_PUBLIC_KEY"),
]


def _rows() -> Iterator[Row]:
    for number, text in enumerate(_NO_NUMBERS):
        yield Row(f"no number {number}", Given({"LEASE_S": text}), "setting_format", "LEASE_S")
    for number, text in enumerate(_NO_COUNTS):
        yield Row(f"no count {number}", Given({"CLAIMS_MAX": text}), "setting_format", "CLAIMS_MAX")
    for name, text in _BEYOND:
        yield Row(f"{name}={text}", Given({name: text}), "setting_range", name)
    for number, (name, text) in enumerate(_NOT_OF_THEIR_KIND):
        yield Row(f"{name} {number}", Given({name: text}), "setting_format", name)
    for number, text in enumerate(_REDIS_OPTIONS):
        yield Row(f"redis option {number}", Given({"REDIS_QUEUE_URL": text}), "setting_format", "REDIS_QUEUE_URL")
    for name, change, code, field in _FROM_FILES:
        yield Row(f"file: {name}", Given(change), code, field)
    for number, (environ, code, field) in enumerate(_KEY_SETTINGS):
        yield Row(f"key {number}", Given(environ, _seals), code, field)
    for number, (code, broken, _) in enumerate(EDGES):
        yield Row(f"{code} {number}", Given(broken), code, _names(code, broken), says="must be" * (code in _SAYING))
    yield from _unknown()
    yield from _lacking()


#: Rules whose sentence says what must be.
_SAYING = {"lease_too_short", "horizon_too_short", "shutdown_too_short", "credits_too_many"}


def _names(code: str, broken: Mapping[str, str]) -> str:
    """The settings a rule names; one code has a rule per database."""
    return next(", ".join(rule.names) for rule in RULES if rule.code == code and {*broken} & {*rule.names})


def _unknown() -> Iterator[Row]:
    for name, meant in (
        ("CARDINITY_MODEE", "CARDINITY_MODE"),
        ("CARDINITY_CONSUMER_SECRETS_FILE", "CARDINITY_CONSUMER_SECRET_FILE"),
        ("CARDINITY_", ""),
        ("CARDINITY_PAN", ""),
        ("CARDINITY_URL", ""),
    ):
        yield Row(f"unknown {name}", Given({name: PAN}), "setting_unknown", name, says=meant)
    yield Row(
        "everything at once",
        Given({"CLAIMS_MAX": "many", "LEASE_S": "20", "CARDINITY_MODEE": "live"}),
        "setting_unknown",
        "CARDINITY_MODEE",
        also=(("setting_format", "CLAIMS_MAX"), ("lease_too_short", _RULES["lease_too_short"])),
    )


def _lacking() -> Iterator[Row]:
    worker: tuple[Complaint, ...] = (
        ("secret_missing", "CARDINITY_CONSUMER_SECRET"),
        ("setting_missing", "SEAL_PRIVATE_KEYS_FILE"),
        ("setting_missing", "PRODUCERS_FILE"),
    )
    given = Given({}, Settings.for_worker)
    yield Row("a worker told nothing", given, "setting_missing", "CARDINITY_CONSUMER_KEY", also=worker)
    producer: tuple[Complaint, ...] = (("setting_missing", "SEAL_PUBLIC_KEY"),)
    given = Given({}, Settings.for_producer)
    yield Row("a producer told nothing", given, "secret_missing", "PRODUCER_KEY", also=producer)
    half = Given({"CARDINITY_CONSUMER_KEY": "k"}, lambda environ: Settings.from_environ(environ).client_settings())
    yield Row("a client without its secret", half, "secret_missing", "CARDINITY_CONSUMER_SECRET", also=worker[1:])


ROWS = [*_rows()]


def knock(world: World, given: Given) -> Told:
    """Read the environment."""
    change = given.environ
    environ = change(world.fresh() / "file") if callable(change) else change
    try:
        given.read({"HOME": "/", **environ})
    except SettingsError as error:
        complaints = frozenset((problem.code, problem.field) for problem in error.problems)
        return Told(complaints, f"{error} {error!r} {error.problems!r}")
    return Told(frozenset(), "settings")
