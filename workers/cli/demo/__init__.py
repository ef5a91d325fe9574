"""The demo: the whole system on one machine, with faults, and the gateway's own books at the end.

`rows` are the payments, `faults` what goes wrong, `stage` the processes, `play` what happens on it, `books`
the audit. It uses the product as a user would.
"""
