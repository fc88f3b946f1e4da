"""The desk: what its page shows to a person, and what it refuses to everybody else."""
