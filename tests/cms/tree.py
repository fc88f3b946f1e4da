"""DER as a tree to be changed and written again, right or wrong; no code of the reader under test."""

from collections.abc import Callable
from dataclasses import dataclass, field

CONSTRUCTED = 0x20
Change = Callable[["Node"], object]


@dataclass(slots=True)
class Node:
    """One element; `form` writes it from tag and contents, DER unless a test wants otherwise."""

    tag: int
    contents: bytes = b""
    children: list["Node"] = field(default_factory=list)
    form: Callable[[int, bytes], bytes] | None = None

    def at(self, *path: int) -> "Node":
        """Go down by positions."""
        node = self
        for index in path:
            node = node.children[index]
        return node

    def dump(self) -> bytes:
        """Write it."""
        contents = b"".join(child.dump() for child in self.children) if self.children else self.contents
        return (self.form or write)(self.tag, contents)

    def sort(self) -> None:
        """Put the elements of a set in DER's order."""
        self.children.sort(key=Node.dump)

    def copy(self) -> "Node":
        """Copy it, children and all."""
        return load(self.dump())


def load(data: bytes) -> Node:
    """Read one DER element."""
    node, rest = _read(data)
    assert not rest
    return node


def _read(data: bytes) -> tuple[Node, bytes]:
    tag, length, start = data[0], data[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    contents, rest = data[start : start + length], data[start + length :]
    if not tag & CONSTRUCTED:
        return Node(tag, contents), rest
    children = []
    while contents:
        child, contents = _read(contents)
        children.append(child)
    return Node(tag, b"", children), rest


def write(tag: int, contents: bytes) -> bytes:
    """Write an element in DER."""
    size = len(contents)
    if size < 0x80:
        return bytes((tag, size)) + contents
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + contents


def indefinite(tag: int, contents: bytes) -> bytes:
    """Write an element with an indefinite length (BER)."""
    return bytes((tag, 0x80)) + contents + b"\0\0"


def padded(tag: int, contents: bytes) -> bytes:
    """Write an element whose length has more octets than it needs (BER)."""
    return bytes((tag, 0x84)) + len(contents).to_bytes(4, "big") + contents


def in_pieces(tag: int, contents: bytes) -> bytes:
    """Write a string in two pieces (BER)."""
    half = len(contents) // 2
    return write(tag | CONSTRUCTED, write(tag, contents[:half]) + write(tag, contents[half:]))


def changed(data: bytes, change: Change) -> bytes:
    """Change a structure and write it again."""
    root = load(data)
    change(root)
    return root.dump()


# The places of a detached CMS as iki writes it.
def signed_data(root: Node) -> Node:
    """The SignedData."""
    return root.at(1, 0)


def certificates(root: Node) -> Node:
    """The set of certificates."""
    return next(item for item in signed_data(root).children[3:] if item.tag == 0xA0)


def signers(root: Node) -> Node:
    """The set of signerInfos."""
    return signed_data(root).children[-1]


def signer(root: Node) -> Node:
    """The one signerInfo."""
    return signers(root).at(0)


VERSION, SID, DIGEST, SIGNED, ALGORITHM, VALUE, UNSIGNED = range(7)
"""The fields of a signerInfo that has them all."""


def countersigner(root: Node) -> Node:
    """The first countersignature."""
    return signer(root).at(UNSIGNED, 0, 1, 0)
