"""The commands: train, evaluate, predict. Each is thin: arguments, a call into `nn`, what came out."""
