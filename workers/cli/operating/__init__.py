"""Commands by which operators step in: what is paused, what waits for a human, a ledger that was lost."""
