"""Subscriptions, periods and attempts as rows of the archive database, and what the event stream makes of them."""
