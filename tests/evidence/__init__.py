"""Evidence bundles: written, judged again, and attacked."""
