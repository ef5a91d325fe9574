"""Commands about what is charged again and again: subscriptions, and the runs that charge what is due."""
