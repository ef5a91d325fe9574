"""What a worker does beside charging: it says that it lives, heeds operators, brings back what is due, lets events out.

Some duties every worker has; others one process at a time, which leads. None sends a payment.
"""
