"""Subscriptions and their renewals: who is charged when, once per period. Kept in the archive database.

from producers.subscriptions import Subscriptions
"""

from producers.subscriptions.service import Subscriptions
from producers.subscriptions.values import Plan, Subscription

__all__ = ["Plan", "Subscription", "Subscriptions"]
