"""What `scripts/torture.py` does to the programs: a module for each kind of harm."""
