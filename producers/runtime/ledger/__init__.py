"""The ledger: the truth about every order in flight, in Redis, one Lua script per transition.

`calls` says what can be done, `executors` do it, `epoch` makes sure it is the right ledger. Nothing here decides
what should happen to an order; that is the workers' business.
"""
