"""The archive database: SQLite in a file by default, PostgreSQL by URL. What is kept in it belongs to other rooms.

It is never on the way of a payment: the ledger decides, and here is what must be known for years.
"""
