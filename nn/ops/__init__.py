"""The operations on raw arrays, one a file: the equations, a NumPy reference, and the same as plain compiled loops.

Where the loops are too slow, ``fast`` has a tuned version. ``backend`` chooses; a test holds all versions together.
"""
