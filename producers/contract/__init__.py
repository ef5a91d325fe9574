"""The language of the queue: commands, envelopes, messages, events and states as pure values.

Nothing here does I/O, and nothing here knows Redis or Dramatiq. Import the module whose idea you need.
"""
