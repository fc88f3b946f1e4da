"""What programs that people use say of our signatures; slow, so run by `make interop` alone."""
