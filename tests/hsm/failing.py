"""What the tests of failures share: a worker before the fault module, and how errors are asserted."""

from collections.abc import Callable
from typing import Final

import pytest

from hsm import PKCS11URI, HSMError, ModuleProfile, TokenClient, TokenKey

DIGEST: Final = bytes(range(32))
TOKEN: Final = PKCS11URI(token="faulty")
FIRST: Final = PKCS11URI(object="first")
QUICK: Final = ModuleProfile(deadline=30.0)
IMPATIENT: Final = ModuleProfile(deadline=3.0)
"""A busy machine takes a second to start a worker."""

Connect = Callable[..., TokenClient]
OpenKey = Callable[..., TokenKey]


def expect_error(kind: type[HSMError], code: str, call: Callable[[], object]) -> HSMError:
    """Expect an error of this class and code, in one line and with a hint."""
    with pytest.raises(kind) as caught:
        call()
    assert (caught.value.code, bool(caught.value.hint)) == (code, True)
    assert "\n" not in caught.value.message + caught.value.hint
    return caught.value


def sign(key: TokenKey) -> bytes:
    """Sign the digest that is the same in all tests."""
    return key.sign_digest(DIGEST, "sha256").value
