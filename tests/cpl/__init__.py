"""The submission form and the reader it is read with."""
