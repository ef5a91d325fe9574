"""`cardinity risk`: what rules found of orders, what they would have done, and reviews that wait."""
