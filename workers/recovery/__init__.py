"""A lost ledger is rebuilt from what is left: the archive, the hosts' logs of intents, and the gateway.

Nothing here ever sends. An order that may have been sent becomes `unknown`, and the resolver finds out.
"""
