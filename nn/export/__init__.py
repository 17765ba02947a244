"""Networks as files of other programs, one format a file."""
