"""The fire campaign: the whole system under faults drawn by a seed, and one judgement at the end of every run."""
