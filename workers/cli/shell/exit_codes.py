"""What the exit code of every command means. Numbers from 64 on are those of sysexits.h."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final


class ExitCode(IntEnum):
    """Stable: scripts branch on them."""

    #: Done; of `--wait`: approved.
    OK = 0
    #: A bug of ours; the message carries an id.
    UNEXPECTED = 1
    #: The command line itself is wrong.
    USAGE = 2
    #: `--wait`: the bank said no.
    DECLINED = 10
    #: `--wait`: rejected, expired, cancelled or proven not charged; no money moved.
    NOT_CHARGED = 11
    #: `--wait`: still open, or unknown or parked. Money may have moved: never take it for "failed".
    OPEN = 12
    #: The data are wrong: a field, a row, an order_id that stands for something else.
    DATA = 65
    #: The file or the order that was named is not there.
    NO_INPUT = 66
    #: Redis or the gateway does not answer.
    UNAVAILABLE = 69
    #: A file cannot be created.
    CANNOT_CREATE = 73
    #: Reading or writing failed.
    IO = 74
    #: Not now, or not finished yet: do it again later.
    TEMPORARY = 75
    #: A file or the gateway refuses us.
    PERMISSION = 77
    #: A setting is missing, unsafe, or contradicts another.
    CONFIG = 78
    #: Ctrl-C.
    INTERRUPTED = 130
    #: Whoever read our output has left.
    BROKEN_PIPE = 141
    #: SIGTERM.
    TERMINATED = 143


#: The codes as people read them; `cardinity --help` ends with this table.
MEANINGS: Final[Mapping[ExitCode, str]] = MappingProxyType(
    {
        ExitCode.OK: "done; --wait: approved",
        ExitCode.UNEXPECTED: "unexpected: a bug of ours, with an id; demo: something was lost or doubled",
        ExitCode.USAGE: "usage: the command line itself is wrong",
        ExitCode.DECLINED: "--wait: declined",
        ExitCode.NOT_CHARGED: "--wait: rejected, expired, cancelled or not_charged; no money moved",
        ExitCode.OPEN: "--wait: still open, unknown or parked; money may have moved",
        ExitCode.DATA: "data: a field, a row, or an order_id that stands for something else",
        ExitCode.NO_INPUT: "no input: the file or the order is not there",
        ExitCode.UNAVAILABLE: "unavailable: Redis or the gateway does not answer",
        ExitCode.CANNOT_CREATE: "a file cannot be created",
        ExitCode.IO: "reading or writing failed",
        ExitCode.TEMPORARY: "not now, or not finished yet: again later",
        ExitCode.PERMISSION: "permission: a file or the gateway refuses",
        ExitCode.CONFIG: "configuration: a setting is missing, unsafe or contradicts another",
        ExitCode.INTERRUPTED: "interrupted by Ctrl-C",
        ExitCode.BROKEN_PIPE: "the reader of the output has left",
        ExitCode.TERMINATED: "terminated by SIGTERM",
    }
)
