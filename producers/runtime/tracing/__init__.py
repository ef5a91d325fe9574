"""Traces of orders by OpenTelemetry, where a process is told to: one per order, from its accept to its last event.

Listens to the ledger's executors and to the gateway's client, and changes nothing of what they do.
"""
