"""Edits of DER: elements dropped, doubled, exchanged, retagged, refilled, and all lengths right again."""

from collections.abc import Callable
from copy import deepcopy

from hypothesis import strategies as st

from tests.cms import tree
from tests.cms.tree import CONSTRUCTED, Node

_MOST_EDITS = 3


def _whole(root: Node) -> Node:
    return root


@st.composite
def edited_der(draw: st.DrawFn, original: bytes, within: Callable[[Node], Node] = _whole) -> bytes:
    """Draw a DER structure with a few of the elements `within` changed."""
    root = tree.load(original)
    place = within(root)
    for _ in range(draw(st.integers(1, _MOST_EDITS))):
        nodes = _walk(place)
        _edit(draw, draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes)))
    return root.dump()


def _walk(node: Node) -> list[Node]:
    return [node, *(below for child in node.children for below in _walk(child))]


def _edit(draw: st.DrawFn, node: Node, other: Node) -> None:
    kind = draw(st.sampled_from(("tag", "contents", "drop", "double", "turn", "take", "octet")))
    if kind == "tag":
        node.tag = draw(st.sampled_from((other.tag, node.tag ^ CONSTRUCTED, 0x05, 0x30, 0x31, 0xA0, 0xA1)))
    elif kind == "contents" and not node.children:
        node.contents = other.contents
    elif kind == "octet" and node.contents:
        place = draw(st.integers(0, len(node.contents) - 1))
        changed = bytes((node.contents[place] ^ draw(st.integers(1, 255)),))
        node.contents = node.contents[:place] + changed + node.contents[place + 1 :]
    elif kind == "take":
        node.children.append(deepcopy(other))
    elif node.children:
        place = draw(st.integers(0, len(node.children) - 1))
        if kind == "drop":
            del node.children[place]
        elif kind == "double":
            node.children.insert(place, deepcopy(node.children[place]))
        elif kind == "turn":
            node.children.reverse()
