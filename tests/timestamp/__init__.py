"""Timestamps: tokens, authorities real and hostile, signatures judged at the time that is proven."""
