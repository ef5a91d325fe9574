"""Everything after a message has left the queue: the spine that charges, the resolver that finds out, the sweeper."""
