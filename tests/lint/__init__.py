"""Content lint: each lint with a hit and a near miss, tricks against the scanner, and no false alarm."""
