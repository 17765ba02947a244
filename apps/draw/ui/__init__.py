"""The user interface: layout, theme, parts, panels, and the event loop."""
