"""The contract of a token: the same tests, through public doors, over every real PKCS#11 module at hand.

A backend is one file of this folder with one class that fulfils `backend.Backend`, and one line in
`catalogue.py`. It says what it can do; the tests do the rest, and skip what it cannot, with the reason.

    pytest tests/backends -k p11kit               one backend
    pytest tests/backends -m "not backends"       what `make test` runs: SoftHSM
    IKI_REQUIRE=softhsm,p11kit pytest tests/backends    absence fails

- test_contract.py: what a program does, through `hsm.open_module` and through a worker
- test_commands.py: what a person does, through `iki`
- test_pins.py: wrong PINs, each on a token of its own
- test_outages.py: what happens to a token while it is used, for backends that name outages
"""
