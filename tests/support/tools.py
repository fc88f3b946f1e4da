"""Programs of others that the suite uses: absent skips, unless the run says they must be there."""

import os
import shutil

import pytest


def required_tools() -> frozenset[str]:
    """List the tools whose absence fails the run: `IKI_REQUIRE=softhsm,xmlsec1,openssl`."""
    return frozenset(name for name in os.environ.get("IKI_REQUIRE", "").split(",") if name)


def absent(name: str, reason: str) -> None:
    """Skip the test, or fail it when the run requires the tool."""
    if name in required_tools():
        pytest.fail(f"{name} is required by IKI_REQUIRE: {reason}")
    pytest.skip(f"{name}: {reason}")


def require_tool(name: str) -> str:
    """Find a program on PATH, or skip (or fail) the calling test."""
    path = shutil.which(name)
    if path is None:
        absent(name, "not on PATH")
        raise AssertionError  # absent() always raises
    return path
