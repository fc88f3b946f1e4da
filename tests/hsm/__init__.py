"""Tests of the hsm package."""
