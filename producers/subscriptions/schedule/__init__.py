"""When subscriptions are charged: the calendar, what a run plans and does, what a human decides, and whether every
period is accounted for.
"""
