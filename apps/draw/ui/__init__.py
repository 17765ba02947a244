"""What is seen: layout, theme, parts, panels, and the loop that feeds them events."""
