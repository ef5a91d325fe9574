"""Duties that are more than one order: they ask for orders as producers do, and read how these stand."""
