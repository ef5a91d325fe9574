"""Outbound webhooks: events of the stream, posted to merchants' endpoints (decision 38).

`book` writes what is to be told off the stream into the archive database, `deliveries` says what is due and records
what came of it, `courier` posts. `endpoints_file`, `addresses` and `sending` hold where a request may go, `schedule`
when. Nothing here changes an order, and no payment waits for it.
"""
