"""Tests of the store of CRLs and of their sources."""
