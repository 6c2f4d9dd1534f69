"""Look whether all that is stored agrees, like fsck, and mend what can be mended safely. May import what actions may.

A module for each family of checks, each a generator of findings that reads one snapshot, by key and in batches.
"""
