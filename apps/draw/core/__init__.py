"""What the window knows and how it changes. Pure: no pygame, no threads, no clock."""
