"""Commands for those to whom we answer: auditors, and people whose data we hold."""
