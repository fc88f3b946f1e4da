"""What the Central Products List submission form says."""
