"""Payments in parts: one instrument, one total, an order for each recipient. What they are is in `contract.splits`."""
