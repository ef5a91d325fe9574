"""The audit trail: who did what to what, appended to a chain in the ledger's database (decision 29).

`trail` writes a line, `reading` reads them, `heads` keeps on each host where the chain ended, `configuration` tells
changes of settings and keys, `lockdown` that the ledger is not the pinned one.
"""
