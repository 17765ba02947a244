"""The commands. Each is thin: arguments, a call into `nn`, and what came out of it."""
