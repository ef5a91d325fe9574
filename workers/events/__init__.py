"""What is made of the event stream after the queue: the archive."""
