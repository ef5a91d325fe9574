"""Commands that say what the gateway says, and whether our books say the same."""
