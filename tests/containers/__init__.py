"""The central HSM in a container: SoftHSM behind a p11-kit server, in reach through a mounted socket.

The contract of `tests/backends` runs against it, and besides the engine stops, kills, pauses and restarts it.
"""
