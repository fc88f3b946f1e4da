"""State that several agents share: the record of decisions, and with it the quotas, in a database.

PostgreSQL when the configuration names one, SQLite for one machine; the same code for both, through
SQLAlchemy Core. `agent.service.recording` imports this room only when `[state]` is configured: start-up does
not pay.

Whoever writes locks the one row of `iki_audit_head` first (SQLite: the database), so that there is one head
however many agents write, and what a quota counts cannot change between the counting and the recording.
"""
