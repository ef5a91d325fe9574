"""The spine: claim, check, intend, send once, record. `charge` is read first; the rest are its parts."""
