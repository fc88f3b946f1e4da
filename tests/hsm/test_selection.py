"""Every attribute of a token's URI must fit, and the module's may not choose another module."""

from dataclasses import replace
from pathlib import Path

import pytest

from hsm import PKCS11URI, HSMError, Module, TokenDescription


def test_every_attribute_of_a_token_finds_it(module: Module, description: TokenDescription) -> None:
    """Slot and library too, as SoftHSM describes them, alone beside the serial number."""
    found = module.find_token(description.uri)
    library = f"library-manufacturer=SoftHSM;library-version={found.library_version}"
    for more in (f"slot-id={found.slot_id}", library, "library-description=Implementation%20of%20PKCS11"):
        uri = PKCS11URI.parse(f"pkcs11:serial={found.serial};{more}")
        assert module.find_token(uri) == found
    assert module.find_token(PKCS11URI(slot_description=found.slot_description, serial=found.serial)) == found


@pytest.mark.parametrize(
    "wrong",
    ["slot-description=x", "slot-manufacturer=x", "library-description=x", "library-version=99", "model=x"],
)
def test_one_that_does_not_fit_finds_nothing(
    module: Module, description: TokenDescription, wrong: str
) -> None:
    """RFC 7512 section 2.5: all must match."""
    with pytest.raises(HSMError) as caught:
        module.find_token(PKCS11URI.parse(f"pkcs11:serial={description.serial};{wrong}"))
    assert caught.value.code == "token-not-found"
    assert description.serial in caught.value.message


def test_a_minor_version_that_is_left_out_is_zero(module: Module, description: TokenDescription) -> None:
    """RFC 7512 section 2.3: `2` is 2.0."""
    major, minor = description.library_version.split(".")
    for version, fits in ((f"{major}.{minor}", True), (major, minor == "0")):
        uri = replace(description.uri, library_version=version)
        if fits:
            assert module.find_token(uri).serial == description.serial
        else:
            with pytest.raises(HSMError):
                module.find_token(uri)


def test_module_attributes_fit_the_loaded_module_or_refuse(
    module: Module, description: TokenDescription
) -> None:
    """module-name as RFC 7512 has it, or the file's; module-path through links; never another module."""
    names = ("softhsm2", "libsofthsm2", "libsofthsm2.so")
    for uri in (*(PKCS11URI(module_name=name) for name in names), PKCS11URI(module_path=str(module.path))):
        wanted = replace(description.uri, module_name=uri.module_name, module_path=uri.module_path)
        assert module.find_token(wanted) == description
    for uri in (
        PKCS11URI(module_name="opensc-pkcs11"),
        PKCS11URI(module_path=str(Path("/usr/lib/other.so"))),
    ):
        with pytest.raises(HSMError) as caught:
            module.find_token(uri)
        assert caught.value.code == "uri-other-module"
