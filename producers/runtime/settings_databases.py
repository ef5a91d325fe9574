"""How the address of a database becomes a value, or is refused: Redis, its Sentinels, the archive."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl

from cardinity_client.secret import Secret
from producers.runtime.sentinel import OWN_OPTIONS, SCHEMES, read_service
from producers.runtime.settings_kinds import Kind, Refused, split_url

#: What a Redis URL may say behind its `?`. The client would take far more from there, over what we tell it ourselves;
#: of an option given twice it takes the first; and what it does not know it chokes on when it connects.
_REDIS_OPTIONS: Final = {
    "db": re.compile(r"[0-9]{1,5}"),
    "ssl_cert_reqs": re.compile(r"required|optional|none"),
    "ssl_check_hostname": re.compile(r"true|false"),
    **dict.fromkeys(("ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile"), re.compile(r"/[^\x00]*")),
}
#: The same where Sentinels know the place: the number of the database stands in the path.
_SENTINEL_OPTIONS: Final = {name: known for name, known in _REDIS_OPTIONS.items() if name != "db"} | dict.fromkeys(
    OWN_OPTIONS, re.compile(r"[^\x00-\x20\x7f]+")
)
#: The same for PostgreSQL: libpq's, and only what says where the server is and how it is believed.
_ARCHIVE_OPTIONS: Final = {
    "sslmode": re.compile(r"disable|require|verify-ca|verify-full"),
    **dict.fromkeys(("host", "sslrootcert", "sslcert", "sslkey"), re.compile(r"/[^\x00]*")),
}


def read_redis_url(given: str) -> Secret[str]:
    """The address of a Redis database, with its password; or of the Sentinels that know where it is."""
    if given.startswith(SCHEMES):
        return _read_sentinel_url(given)
    parts = split_url(given)
    place = parts.path if parts.scheme == "unix" else parts.hostname
    numbered = parts.scheme == "unix" or re.fullmatch(r"/?[0-9]{0,5}", parts.path)
    if not given.startswith(("redis://", "rediss://", "unix://")) or not place or not numbered:
        raise Refused("setting_format", "must be a URL like rediss://user:password@host:6379/0 or unix:///path?db=0")
    _refuse_other_options(parse_qsl(parts.query, keep_blank_values=True), _REDIS_OPTIONS)
    return Secret(given)


def read_archive_url(given: str) -> Secret[str]:
    """The address of the archive database, with its password."""
    parts = split_url(given)
    if parts.scheme == "sqlite":
        named = parts.path.startswith("//") and len(parts.path) > 2 and not parts.netloc and not parts.query
        if not given.startswith("sqlite:///") or not named:
            raise Refused("setting_format", "must name a file by its absolute path, like sqlite:////var/lib/archive.db")
        return Secret(given)
    if not given.startswith("postgresql://") or not re.fullmatch(r"/[A-Za-z0-9_.-]{1,63}", parts.path):
        message = "must be a URL like postgresql://user:password@host:5432/name or sqlite:////var/lib/archive.db"
        raise Refused("setting_format", message)
    read = _refuse_other_options(parse_qsl(parts.query, keep_blank_values=True), _ARCHIVE_OPTIONS)
    if bool(parts.hostname) == ("host" in read):
        raise Refused("setting_format", "must name a host, or the folder of its socket as ?host=/path")
    return Secret(given)


def _read_sentinel_url(given: str) -> Secret[str]:
    service = read_service(given)
    if service is None:
        expected = "rediss+sentinel://user:password@host:26379,host:26379,host:26379/service/0"
        raise Refused("setting_format", f"must be a URL like {expected}")
    _refuse_other_options(service.options, _SENTINEL_OPTIONS)
    return Secret(given)


def _refuse_other_options(options: Sequence[tuple[str, str]], known: Mapping[str, re.Pattern[str]]) -> set[str]:
    """The names of these options, each of which must be known, sound, and there once."""
    read = {name for name, value in options if name in known and known[name].fullmatch(value)}
    if len(read) != len(options):
        raise Refused("setting_format", f"behind its ? may stand, once each, {', '.join(known)}")
    return read


REDIS_URL: Final = Kind("URL", read_redis_url)
ARCHIVE_URL: Final = Kind("URL", read_archive_url)
