"""What follows a declined renewal: what the bank's words mean, when it is tried again, what its subscriber is told."""
