"""What happened: the hash-chained record of decisions."""
