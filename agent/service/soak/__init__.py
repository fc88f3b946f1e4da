"""`iki token soak`: what a customer's token bears, measured by signing what can be no document."""
