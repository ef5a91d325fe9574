"""Commands about keys, and about the tokens that they seal."""
