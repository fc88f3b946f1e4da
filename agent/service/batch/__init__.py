"""Batches: many documents signed, countersigned or verified, one login for all, each judged on its own."""
