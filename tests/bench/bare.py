"""The bare cost of a workbook: its entries inflated with zlib and hashed with hashlib, and nothing else."""

import hashlib
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import Final

_DEFLATED_PIECE: Final = 1 << 16
_PIECE: Final = 1 << 20
_LOCAL_HEADER: Final = 30


@dataclass(frozen=True, slots=True)
class Bare:
    """The entries' octets, found beforehand: what is measured reads no header and checks no CRC."""

    entries: tuple[tuple[memoryview, bool], ...]
    """Compressed octets, and whether they are deflated."""

    @classmethod
    def of(cls, workbook: bytes) -> "Bare":
        """Find the entries of a workbook."""
        view = memoryview(workbook)
        entries = []
        with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
            for item in archive.infolist():
                lengths = struct.unpack_from("<HH", workbook, item.header_offset + 26)
                start = item.header_offset + _LOCAL_HEADER + sum(lengths)
                data = view[start : start + item.compress_size]
                entries.append((data, item.compress_type == zipfile.ZIP_DEFLATED))
        return cls(tuple(entries))

    def run(self) -> None:
        """Inflate and hash each entry, in pieces: faster than whole, which waits for fresh memory."""
        for data, deflated in self.entries:
            state = hashlib.sha256()
            if not deflated:
                state.update(data)
                state.digest()
                continue
            inflater = zlib.decompressobj(-zlib.MAX_WBITS)
            for start in range(0, len(data), _DEFLATED_PIECE):
                pending: bytes | memoryview = data[start : start + _DEFLATED_PIECE]
                while pending:
                    state.update(inflater.decompress(pending, _PIECE))
                    pending = inflater.unconsumed_tail
            state.update(inflater.flush())
            state.digest()
