"""A worker has a file for every order it may have in flight, or says at the boot that it cannot."""

import subprocess
import sys

import pytest

_PROBE = """
import resource, sys
from producers.errors import SettingsError
from workers.host.open_files import allow_open_files
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
try:
    allow_open_files(1000)
except SettingsError as error:
    print(error.code, error.message)
else:
    print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "told"),
    [(256, 4096, "1128"), (2048, 4096, "2048"), (1128, 1128, "1128"), (256, 1127, "allows 1127")],
)
def test_the_limit_is_raised_as_far_as_orders_need(soft: int, hard: int, told: str) -> None:
    """A higher limit is left alone, a lower one is raised, and one that cannot be raised is an error."""
    argv = [sys.executable, "-c", _PROBE, str(soft), str(hard)]
    assert told in subprocess.run(argv, capture_output=True, text=True, check=True).stdout
