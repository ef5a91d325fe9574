"""What a sandbox is told when it starts."""

from dataclasses import dataclass

from cardinity_client.sandbox.plan import Rule

#: The key a real test account carries starts with "test_" too.
TEST_CONSUMER_KEY = "test_sandbox_key"
#: Nothing secret: the sandbox's own password, published so that a demo needs no set-up.
TEST_CONSUMER_SECRET = "sandbox-secret"  # noqa: S105


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """`seed` decides every fault and every id; `faults` is the plan in force at the start and after a reset.

    `threeds_v1=False` stands for an account without the old protocol: what would need it is declined.
    `strict_nonces` refuses a nonce seen before, which the vendor's own Java client runs into.
    """

    consumer_key: str = TEST_CONSUMER_KEY
    consumer_secret: str = TEST_CONSUMER_SECRET
    seed: int = 0
    latency_s: float = 0.0
    latency_jitter_s: float = 0.0
    faults: tuple[Rule, ...] = ()
    strict_nonces: bool = False
    threeds_v1: bool = True
