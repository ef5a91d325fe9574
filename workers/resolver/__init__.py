"""Settles what is unknown, with proof: the mirror gathers, the journal says how much it saw, the verdict decides."""
