"""The record and the quotas in a database, SQLite and PostgreSQL."""
