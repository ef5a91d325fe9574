"""Commands about one order, or one payment: made, followed, called back, told about."""
