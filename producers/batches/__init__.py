"""Batch files: rows that are read and judged, held against limits and against what was submitted before, and written
anew where they failed. Nothing here stores or sends.
"""
