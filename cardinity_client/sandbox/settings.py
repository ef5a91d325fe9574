"""What a sandbox is told when it starts."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from cardinity_client.sandbox.plan import Rule

#: The key a real test account carries starts with "test_" too.
TEST_CONSUMER_KEY = "test_sandbox_key"
#: Nothing secret: the sandbox's own password, published so that a demo needs no set-up.
TEST_CONSUMER_SECRET = "sandbox-secret"  # noqa: S105
#: The hosted page has credentials of its own; a real test project's id starts with "test_pr_" too.
TEST_PROJECT_ID = "test_pr_sandbox"
TEST_PROJECT_SECRET = "sandbox-project-secret"  # noqa: S105
#: Signs the JSON notifications, which the gateway itself does not know.
TEST_WEBHOOK_SECRET = "sandbox-webhook-secret"  # noqa: S105


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """`seed` decides every fault and every id; `faults` is the plan in force at the start and after a reset.

    `threeds_v1=False` stands for an account without the old protocol: what would need it is declined.
    `strict_nonces` refuses a nonce seen before, which the vendor's own Java client runs into.

    What nobody outside knows of the gateway is a setting: `excess_status` answers a refund or settlement of more
    than there is, and what comes too late (400 with an error object, or 402 with a declined one), and
    `sums_guarded=False` takes both; `several_settlements` allows more than one of an authorization; a hold expires
    after `hold_days`; a link lives `link_days` unless it says otherwise, and never longer than `link_days_max`;
    `links_enabled=False` stands for an account without links; `seeded_chargeback` starts with a payment and its
    chargeback, which the vendor's test accounts have and an oracle that counts payments must not meet.

    `pages_url` is where a browser reaches the pages when that is not the address of the request.
    `notify_elsewhere` lets notifications leave this machine. `starts_at` is what the clock shows at the start, the real
    time when nothing is said.
    """

    consumer_key: str = TEST_CONSUMER_KEY
    consumer_secret: str = TEST_CONSUMER_SECRET
    seed: int = 0
    latency_s: float = 0.0
    latency_jitter_s: float = 0.0
    faults: tuple[Rule, ...] = ()
    strict_nonces: bool = False
    threeds_v1: bool = True
    excess_status: Literal[400, 402] = 400
    sums_guarded: bool = True
    several_settlements: bool = False
    hold_days: int = 7
    links_enabled: bool = True
    link_days: int = 7
    link_days_max: int = 90
    seeded_chargeback: bool = False
    project_id: str = TEST_PROJECT_ID
    project_secret: str = TEST_PROJECT_SECRET
    webhook_secret: str = TEST_WEBHOOK_SECRET
    pages_url: str | None = None
    notify_elsewhere: bool = False
    starts_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


#: What has an option of its own at the command line, or is no single value.
_APART: Final = ("seed", "latency_s", "latency_jitter_s", "faults")


def with_settings(settings: SandboxSettings, pairs: Iterable[str]) -> SandboxSettings:
    """The same with `NAME=VALUE` pairs applied. Raises ValueError, which names what there is and repeats no value."""
    known = [field.name for field in fields(SandboxSettings) if field.name not in _APART]
    for pair in pairs:
        name, mark, value = pair.partition("=")
        if name not in known or not mark:
            raise ValueError(f"must be NAME=VALUE, with one of {', '.join(known)}")
        try:
            given = msgspec.convert({name: value}, SandboxSettings, strict=False)
        except msgspec.ValidationError as error:
            raise ValueError(f"{name}: {error}") from None
        settings = replace(settings, **{name: getattr(given, name)})
    return settings
