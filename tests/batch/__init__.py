"""Batches, and the worker processes that read documents."""
