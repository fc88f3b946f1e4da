"""May this key sign, now? Pure rules over collected facts."""
