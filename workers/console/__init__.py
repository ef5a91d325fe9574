"""The operators' console: HTML made on the server, for browsers with and without scripts, on desks and phones.

Pages are pure functions of what was read. What changes something goes through `workers.operations`, as the command
line does, and every request passes `guard`, where sessions, roles and tokens of forms are held. No card data is read.
"""
