"""Attacks on the headers of one zip entry."""

from tests.package.attacks.changes import SIG1
from tests.package.attacks.zip_items import (
    lying,
    zip64_field,
)

_UTF8 = 1 << 11


ZIP_HEADERS = (
    lying(
        "zip-encrypted", "an entry that is not checked, because it cannot be read", "zip-encrypted", flags=1
    ),
    lying("zip-strong-encryption", "encryption by another flag", "zip-flags", flags=1 << 6),
    lying(
        "zip-masked-headers",
        "flag 13: the local header's values are not the real ones",
        "zip-flags",
        flags=1 << 13,
    ),
    lying(
        "zip-method-unknown", "compressed so that only some can read it", "zip-method", method=93, data=b"x"
    ),
    lying(
        "zip-local-method",
        "stored by one header, deflated by the other",
        "zip-headers-disagree",
        local_method=0,
    ),
    lying(
        "zip-local-name",
        "another name in the local header",
        "zip-headers-disagree",
        local_name=b"xl/worksheets/sheet9.xml",
    ),
    lying(
        "zip-local-name-encoding",
        "one name, in UTF-8 by one header alone",
        "zip-headers-disagree",
        local_flags=_UTF8,
    ),
    lying("zip-local-size", "another size in the local header", "zip-headers-disagree", local_size=1),
    lying("zip-local-crc", "another CRC in the local header", "zip-headers-disagree", local_crc=1),
    lying(
        "zip64-local-field-lies",
        "a zip64 field of the local header that its sizes do not ask for",
        "zip-headers-disagree",
        local_extra=zip64_field(1, 1),
    ),
    lying("zip-crc-wrong", "malformed: Excel would offer to mend it", "zip-data", crc=1),
    lying(
        "zip-crc-wrong-in-properties",
        "damage where no signature looks",
        "zip-data",
        part="docProps/core.xml",
        crc=1,
    ),
    lying("zip-crc-wrong-in-signature", "damage in a signature part", "zip-data", part=SIG1, crc=1),
    lying("zip-stored-as-deflated", "malformed", "zip-data", data=b"\xff\xff\xff"),
    lying("zip-symlink", "Unix attributes make a link of it", "zip-file-type", attributes=0o120777 << 16),
    lying("zip-folder-attribute", "DOS attributes make a folder of it", "zip-file-type", attributes=0x10),
    lying("zip-entry-comment", "room for anything", "zip-comment", comment=b"x"),
    lying("zip-entry-on-another-disk", "the entry is on another volume", "zip-directory", disk=1),
    lying(
        "zip-name-latin-1",
        "a name that is not ASCII and does not say what it is",
        "zip-name",
        part="xl/styles.xml",
        name=b"xl/styl\xe9.xml",
    ),
    lying("zip-local-date", "another time in the local header", "zip-headers-disagree", local_date=34),
    lying(
        "zip-version",
        "a version that strict readers refuse, and lenient ones do not look at",
        "zip-version",
        version=84,
    ),
)
