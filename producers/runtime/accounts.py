"""The merchant accounts of a deployment as values: who they are, what they take, and where their secrets stand.

No secret is in the list of accounts. Each account says where its key and its secret are: in a file, which is read anew
when it is replaced, or in a variable, which is read once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cardinity_client.secret import Secret
from producers.contract.fields import ACCOUNT_DEFAULT
from producers.runtime.problems import Problem, problem
from producers.runtime.settings_kinds import Refused, read_file, read_secret

__all__ = ["ACCOUNT_DEFAULT", "Credentials", "MerchantAccount", "Reference", "account_named", "unreadable"]

#: A consumer key: what may stand in a header as it is.
_KEY: Final = re.compile(r"[!-~]{1,128}")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What requests of an account are signed with."""

    consumer_key: str
    consumer_secret: Secret[str]


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a credential stands. `setting` is what an operator would mend; `value` is what a variable held at the
    start, None where it was not set.
    """

    setting: str
    path: Path | None = None
    value: Secret[str] | None = None

    def read(self, *, private: bool) -> str:
        """What stands there now.

        Raises:
            Refused: nothing, or what no credential can be.
        """
        if self.path is not None:
            text = read_file(self.path, private=private)
        else:
            text = "" if self.value is None else self.value.reveal()
        if not text:
            raise Refused("secret_missing", "is not there, or empty")
        return text


@dataclass(frozen=True, slots=True)
class MerchantAccount:
    """One account. `currencies` None takes every one; a lower `priority` is asked first; `rate_max` 0 is no limit.
    With `holds_first` a charge that says nothing of its mode is taken in two phases.
    """

    name: str
    key: Reference
    secret: Reference
    base_url: str
    currencies: frozenset[str] | None = None
    priority: int = 0
    rate_max: int = 0
    holds_first: bool = False

    def credentials(self) -> Credentials:
        """Key and secret as they stand there now.

        Raises:
            Refused: one of them cannot be had.
        """
        key = self.key.read(private=False)
        if not _KEY.fullmatch(key):
            raise Refused("setting_format", "must be printable ASCII without blanks")
        return Credentials(key, read_secret(self.secret.read(private=True)))

    @property
    def files(self) -> tuple[Path, ...]:
        """Files whose replacement may change the credentials."""
        return tuple(reference.path for reference in (self.key, self.secret) if reference.path is not None)


def account_named(accounts: Sequence[MerchantAccount], name: str) -> MerchantAccount | None:
    """The account of that name, if there is one."""
    return next((account for account in accounts if account.name == name), None)


def unreadable(accounts: Sequence[MerchantAccount]) -> list[Problem]:
    """Credentials that cannot be had now, each by the setting that says where they are."""
    problems = []
    for account in accounts:
        for reference, private in ((account.key, False), (account.secret, True)):
            try:
                read_secret(reference.read(private=private))
            except Refused as refusal:
                problems.append(problem(refusal.code, reference.setting, str(refusal)))
    return problems
