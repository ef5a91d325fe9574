"""`python -m tests.inputs.fuzz.guided PARSER CORPUS …`: one parser under atheris, which looks for inputs that reach new
code. libFuzzer ends the process by itself: with 0 after so many runs, otherwise after its first finding.
"""

from __future__ import annotations

import importlib
import logging
import sys
from typing import Any

#: No types come with it, and most machines do without it.
atheris: Any = importlib.import_module("atheris")

with atheris.instrument_imports(include=["cardinity_client", "producers", "workers.event_loop"]):
    from tests.inputs.fuzz.parsers import PARSERS
    from tests.inputs.fuzz.verdict import execute


def main() -> None:
    """Fuzz; never returns."""
    logging.disable(logging.CRITICAL)
    parser = PARSERS[sys.argv[1]]
    atheris.Setup([sys.argv[0], *sys.argv[2:]], lambda data: execute(parser, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
