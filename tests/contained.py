"""A process as a container runs it: another user, a root that is only read, no rights, and two places to write.

`bwrap` makes it of this machine's files, so what is tried is the product; the image is its Dockerfile's business.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path, PurePath

from tests.house.tree import ROOT

#: As in deploy/Dockerfile.
USER, STATE = 10001, "/var/lib/cardinity-batch"


def need() -> str | None:
    """None when a process can be contained here, else why not."""
    if shutil.which("bwrap") is None:
        return "needs bwrap (Debian: apt install bubblewrap)"
    tried = subprocess.run(["bwrap", *_bare(), "true"], capture_output=True, text=True, check=False)  # noqa: S607
    return None if tried.returncode == 0 else f"bwrap cannot make a container here: {tried.stderr.strip()}"


def walls(state: Path, read: Path) -> Sequence[str]:
    """The beginning of a command line: what follows may write into `state`, which it knows as STATE, and into /tmp; of
    what is in there it sees `read` and the product, and cannot change them.
    """
    # The product comes with what is read: it may lie below /tmp as well.
    seen = [word for place in (ROOT, Path(sys.prefix), read) for word in ("--ro-bind", str(place), str(place))]
    mounts = [*seen, "--bind", str(state), STATE]
    # The image has the folder; this machine need not.
    above = str(PurePath(STATE).parent)
    place = ["--tmpfs", "/tmp", "--tmpfs", above, "--dir", STATE, "--remount-ro", above]  # noqa: S108 - its own
    return ["bwrap", *_bare(), *place, *mounts, "--chdir", STATE]


def _bare() -> Sequence[str]:
    user = ["--unshare-user", "--uid", str(USER), "--gid", str(USER), "--cap-drop", "ALL"]
    return [
        "--ro-bind",
        "/",
        "/",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "--unshare-pid",
        "--as-pid-1",
        "--die-with-parent",
        *user,
    ]
