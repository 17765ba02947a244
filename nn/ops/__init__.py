"""Operations on raw arrays, one per file: the equations, a NumPy reference, and the same as plain compiled loops.

Where the loops are too slow, ``fast`` has a tuned version. ``backend`` selects one; a test compares all versions.
"""
