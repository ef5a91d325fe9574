"""What an operator can see and do, as functions: the command line and the console call the same ones.

They know neither of the two. What a rule forbids they refuse with a stable code; what they do is written into the audit
trail before it is done; and at a desk for a rehearsal (`dry_run`) they check everything and change nothing.
"""
