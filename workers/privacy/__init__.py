"""What the archive and the ledger hold of people: how long, under which name, and how all of one is shown or erased."""
