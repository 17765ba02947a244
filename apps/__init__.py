"""Programs with a window."""
