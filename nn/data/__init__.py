"""Data sets: ``idx`` reads and writes files, ``mnist`` finds or downloads a set, ``batches`` orders it."""
