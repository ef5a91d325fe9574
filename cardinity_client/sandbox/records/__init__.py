"""What follows a payment: refunds, settlements, voids, and the disputes that others start."""
