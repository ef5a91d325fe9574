"""The history of all payments in the archive database, written from the event stream and from nothing else."""
