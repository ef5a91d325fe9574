"""Five threads with requests-oauthlib: what the examples of the SDKs come to. No queue."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.benchmarks.peers.blocking import post
from tests.benchmarks.peers.no_queue import serve

THREADS = 5


def main() -> None:
    """Pay what there is to pay."""
    with ThreadPoolExecutor(THREADS) as pool:

        def run(wishes: Sequence[dict[str, Any]]) -> None:
            for _ in pool.map(post, wishes):
                pass

        serve(run)


if __name__ == "__main__":
    main()
