"""What cardholders take back through their banks: found by asking, told once, and charged no more behind their back."""
