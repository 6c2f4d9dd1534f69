"""WHAT CAN HAPPEN. One function a happening, one transaction each.

May import: `domain`, `storage`, `feeds`, `metrics`, `settings`, `errors`, and the library that an action is about.
"""
