"""The window's state and its reducers: pure functions without pygame, threads or clock."""
