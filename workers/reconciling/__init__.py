"""Our books against the gateway's: reads only, of both. It finds differences, and settles none."""
