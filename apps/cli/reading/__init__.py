"""Reading many files: which ones, by which processes, and the forms of the answers."""
