"""Commands about what happened: the event stream, the archive of it, and what merchants are told."""
