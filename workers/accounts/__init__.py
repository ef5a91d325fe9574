"""What a worker process keeps per merchant account: client, lane, mirror, resolver, and an eye on the account's key."""
