"""A rehearsal: everything is checked, nothing is changed, and the result says so."""

from __future__ import annotations

from typing import Final

import click

#: What is said behind a result that a rehearsal came to.
REHEARSED: Final = " (dry run: nothing was changed)"

#: For every command that changes something.
dry_run: Final = click.option("--dry-run", is_flag=True, help="Check everything, change nothing.")
