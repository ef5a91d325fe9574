"""What the gateway tells a shop by itself, and the ways that can go wrong on the way."""
