"""The contract of a token: the same tests, through public doors, over every real PKCS#11 module at hand.

A backend is one file of this folder with one class that fulfils `backend.Backend`, and one line in
`catalogue.py`. It says what it can do; the tests do the rest, and skip what it cannot, with the reason.
"""
