"""The command line: `cardinity …`. Commands read settings and arguments, call packages, tell what came of it.

Nothing here decides anything about an order.
"""

from workers.cli.program import main

__all__ = ["main"]
