"""The suite: behaviour through public doors, judged by independent oracles where cryptography is involved."""
