"""The gateway's double: its wire, its test cards, its habits, and every fault we want to survive.

It accepts a repeated order_id as the gateway does, and counts what that costs. It stores no card number.
It imports nothing of the client but money: the two can only agree because both agree with the gateway.
"""

from cardinity_client.sandbox.app import create_app
from cardinity_client.sandbox.plan import PlanError, Rule, parse_plan
from cardinity_client.sandbox.serving import Running, running
from cardinity_client.sandbox.settings import SandboxSettings

__all__ = ["PlanError", "Rule", "Running", "SandboxSettings", "create_app", "parse_plan", "running"]
