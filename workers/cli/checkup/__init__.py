"""What `doctor` looks at. Each finding says what is wrong and how to mend it; nothing is changed on the way."""

from workers.cli.checkup.accounts import of_accounts
from workers.cli.checkup.archive import of_archive
from workers.cli.checkup.console import of_console
from workers.cli.checkup.finding import Finding, Verdict
from workers.cli.checkup.gateway import of_gateway
from workers.cli.checkup.host import of_keys, of_risk, of_settings, of_state_dir, of_webhooks
from workers.cli.checkup.readers import of_readers
from workers.cli.checkup.stores import of_redis
from workers.cli.checkup.traces import of_traces

__all__ = [
    "Finding",
    "Verdict",
    "of_accounts",
    "of_archive",
    "of_console",
    "of_gateway",
    "of_keys",
    "of_readers",
    "of_redis",
    "of_risk",
    "of_settings",
    "of_state_dir",
    "of_traces",
    "of_webhooks",
]
