"""`iki doctor`: everything that signing will need, looked at beforehand, without a PIN or a login."""
