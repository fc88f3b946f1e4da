"""Edits of XML trees: elements moved, copied, wrapped, renamed; the result is well-formed as a rule."""

from copy import deepcopy

from hypothesis import strategies as st
from lxml import etree

_IDS = ("idPackageObject", "idOfficeObject", "idSignedProperties", "idPackageSignature", "idX", "")
_ATTRIBUTES = (
    "Id",
    "URI",
    "Type",
    "Algorithm",
    "Target",
    "SourceId",
    "TargetMode",
    "PartName",
    "ContentType",
)
_VALUES = (
    *(f"#{identifier}" for identifier in _IDS),
    *_IDS,
    "External",
    "Internal",
    "/xl/workbook.xml",
    "/xl/worksheets/sheet1.xml?ContentType=application/xml",
    "/_xmlsignatures/sig1.xml",
    "http://www.w3.org/2000/09/xmldsig#sha1",
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/TR/1999/REC-xslt-19991116",
    "http://schemas.openxmlformats.org/package/2006/RelationshipTransform",
    "file:///etc/passwd",
    "application/xml",
    "rId1",
)
_TEXTS = ("", " ", "\n  ", "x", "AAAA", "supplier", "manufacturer", "2026-11-22T12:00:00Z", "0")
_MOST_EDITS = 3


@st.composite
def edited_tree(draw: st.DrawFn, original: bytes, within: str = "") -> bytes:
    """Draw the document `original` with a few elements changed; all of them in the one `within`."""
    root = etree.fromstring(original)
    for _ in range(draw(st.integers(1, _MOST_EDITS))):
        place = next(root.iter(within), root) if within else root
        elements = [item for item in place.iter() if isinstance(item.tag, str)]
        _edit(draw, elements, draw(st.sampled_from(elements)))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _edit(draw: st.DrawFn, elements: list[etree._Element], chosen: etree._Element) -> None:
    other = draw(st.sampled_from(elements))
    kind = draw(
        st.sampled_from(("text", "tail", "attribute", "drop", "copy", "move", "wrap", "name", "node"))
    )
    parent = chosen.getparent()
    if kind == "text":
        chosen.text = draw(st.sampled_from((*_TEXTS, other.text)))
    elif kind == "tail" and parent is not None:
        chosen.tail = draw(st.sampled_from(_TEXTS))
    elif kind == "attribute":
        name = draw(st.sampled_from((*_ATTRIBUTES, *chosen.attrib)))
        chosen.set(str(name), str(draw(st.sampled_from((*_VALUES, *other.attrib.values())))))
    elif kind == "name":
        chosen.tag = draw(st.sampled_from((other.tag, "x", "{urn:x}Signature")))
    elif kind == "node":
        chosen.insert(0, draw(st.sampled_from((etree.Comment("x"), etree.ProcessingInstruction("x", "y")))))
    elif parent is not None:
        _place(draw, kind, chosen, other)


def _place(draw: st.DrawFn, kind: str, chosen: etree._Element, other: etree._Element) -> None:
    parent = chosen.getparent()
    if parent is None:
        return
    if kind == "drop":
        parent.remove(chosen)
    elif kind == "copy":
        other.insert(draw(st.integers(0, len(other))), deepcopy(chosen))
    elif kind == "move" and other not in chosen.iter():
        other.insert(draw(st.integers(0, len(other))), chosen)
    elif kind == "wrap":
        wrapper = etree.Element(other.tag, {str(key): str(value) for key, value in other.items()})
        parent.replace(chosen, wrapper)
        wrapper.append(chosen)
