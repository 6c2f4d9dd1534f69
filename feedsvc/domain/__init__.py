"""WHAT IS TRUE: the rules of a newsroom as functions of values. Time is an argument.

May import: the standard library, slugify, `errors`.
"""
