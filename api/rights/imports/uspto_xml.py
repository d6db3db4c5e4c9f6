"""USPTO patent documents in XML, one a file or many behind each other as in the weekly files.

Read are grants and application publications of the Red Book (2004 on), application publications of 2001 to
2004 (patent-application-publication) and grants of 2001 to 2004 (PATDOC, WIPO ST.32). No entity is ever
expanded, no DTD and no network resource loaded; only unparsed (NDATA) entities, which name drawings, may be
declared.
"""

from __future__ import annotations

import html.entities
import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from lxml import etree

from api.rights.imports.raw_row import RawRow
from api.rights.imports.report import MOST_ROWS, FileRefused, RefusedRow, refused_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_DOCUMENT_START: Final = re.compile(rb"<\?xml[ \t\r\n]")
_DECLARED_ENCODING: Final = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([^\"'>]{1,40})[\"']")
_ENCODINGS: Final = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1"})
_ENTITY: Final = re.compile(rb"<!ENTITY\s+(?:%\s+)?([^\s>]{1,100})")
_DRAWING: Final = re.compile(
    rb"<!ENTITY\s+[\w.\-]+\s+(?:SYSTEM|PUBLIC\s+(?:\"[^\"<>]*\"|'[^'<>]*'))\s+"
    rb"(?:\"[^\"<>]*\"|'[^'<>]*')\s+NDATA\s+[\w.\-]+\s*>"
)
_SERIES_DIGITS: Final = 6
_TOO_MANY_ROWS: Final = "too_many_rows"
_WHITE: Final = re.compile(r"\s+")

# appl-type of the Red Book; others, such as statutory invention registrations, give no right to trade.
_APPLICATION_TYPES: Final = {
    "utility": "invention",
    "design": "design",
    "plant": "plant",
    "reissue": "reissue",
}


class _EntityUsed(ValueError):
    """A text that is needed uses an entity that has no standard meaning."""


def read_uspto_xml(data: bytes) -> Iterator[RawRow | RefusedRow]:
    """Yield one row a document; its line is where the document begins. A bad document costs itself only.

    Raises `FileRefused` with `too_many_rows`.
    """
    starts = [found.start() for found in islice(_DOCUMENT_START.finditer(data), MOST_ROWS + 1)]
    if len(starts) > MOST_ROWS:
        raise FileRefused(_TOO_MANY_ROWS, limit=MOST_ROWS)
    if not starts or data[: starts[0]].removeprefix(b"\xef\xbb\xbf").strip():
        starts.insert(0, 0)
    line, counted = 1, 0
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        line += data.count(b"\n", counted, start)
        counted = start
        yield _read_document(data[start:end].strip(), line)


def _read_document(document: bytes, line: int) -> RawRow | RefusedRow:
    document = document.removeprefix(b"\xef\xbb\xbf").lstrip()
    refused = _refused_before_parsing(document, line)
    if refused is not None:
        return refused
    # A parser is made for each document: one that has failed may keep state.
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        return refused_row(line, "document", "xml_syntax", problem=_plain(str(error)))
    reader = _READERS.get(root.tag)
    if reader is None:
        return refused_row(line, "document", "xml_document_type", name=_plain(str(root.tag)))
    try:
        return reader(root, line)
    except _EntityUsed as used:
        return refused_row(line, "document", "xml_entity", name=_plain(str(used)))


def _refused_before_parsing(document: bytes, line: int) -> RefusedRow | None:
    if b"\0" in document:  # UTF-16 or UTF-32, in which the search for entities would see nothing
        return refused_row(line, "document", "xml_encoding", name="UTF-16")
    declared = _DECLARED_ENCODING.match(document)
    encoding = declared[1].decode("ascii", "replace").lower() if declared else "utf-8"
    if encoding not in _ENCODINGS:
        return refused_row(line, "document", "xml_encoding", name=_plain(encoding))
    for entity in _ENTITY.finditer(document):
        if not _DRAWING.match(document, entity.start()):
            name = _plain(entity[1].decode("ascii", "replace"))
            return refused_row(line, "document", "xml_entity", name=name)
    return None


def _plain(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)[:120]


def _text(element: etree._Element | None) -> str:
    """Join the text of an element; markup inside is dropped, standard character entities are read."""
    if element is None:
        return ""
    parts = [element.text or ""]
    for child in element:
        if isinstance(child, etree._Entity):  # noqa: SLF001 - lxml has no public name for this node's class
            name = str(child.name)
            if f"{name};" not in html.entities.html5:
                raise _EntityUsed(name)
            parts.append(html.entities.html5[f"{name};"])
        else:
            parts.append(_text(child))
        parts.append(child.tail or "")
    return _WHITE.sub(" ", "".join(parts)).strip()


def _at(element: etree._Element, path: str) -> str:
    return _text(element.find(path))


def _row(line: int, fields: dict[str, str], lists: dict[str, Iterable[str]], office: str = "US") -> RawRow:
    given = {"office": office or "US", **fields}
    kept = {name: tuple(one for one in names if one) for name, names in lists.items()}
    return RawRow(line, {field: text for field, text in given.items() if text}, kept)


def _application_number(number: str, series: str) -> str:
    return series + number if len(number) == _SERIES_DIGITS else number


def _read_red_book(root: etree._Element, line: int) -> RawRow | RefusedRow:
    grant = root.tag == "us-patent-grant"
    bibliography = root.find("us-bibliographic-data-grant" if grant else "us-bibliographic-data-application")
    if bibliography is None:
        return refused_row(line, "document", "xml_document_type", name=str(root.tag))
    application = bibliography.find("application-reference")
    kind = "" if application is None else str(application.get("appl-type") or "")
    number = _at(bibliography, "application-reference/document-id/doc-number")
    fields = {
        "application_number": _application_number(number, _at(bibliography, "us-application-series-code")),
        "title": _at(bibliography, "invention-title"),
        "filing_date": _at(bibliography, "application-reference/document-id/date"),
        "right_type": _APPLICATION_TYPES.get(kind, kind),
    }
    published = "publication-reference/document-id"
    own_number = _at(bibliography, f"{published}/doc-number") + _at(bibliography, f"{published}/kind")
    fields["grant_number" if grant else "publication_number"] = own_number
    fields["grant_date" if grant else "publication_date"] = _at(bibliography, f"{published}/date")
    if grant:
        earlier = "us-related-documents/related-publication/document-id"
        fields["publication_number"] = _at(bibliography, f"{earlier}/doc-number")
        if fields["publication_number"]:
            fields["publication_number"] += _at(bibliography, f"{earlier}/kind")
            fields["publication_date"] = _at(bibliography, f"{earlier}/date")
    lists: dict[str, Iterable[str]] = {
        "applicants": _red_book_names(
            bibliography, ("parties/applicants/applicant", "us-parties/us-applicants/us-applicant")
        ),
        "holders": _red_book_names(bibliography, ("assignees/assignee",)),
        "ipc": _red_book_classes(bibliography),
    }
    return _row(line, fields, lists, _at(bibliography, f"{published}/country"))


def _red_book_names(bibliography: etree._Element, paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        for party in bibliography.iterfind(path):
            book = party.find("addressbook")
            holder = party if book is None else book
            organisation = _at(holder, "orgname")
            yield organisation or f"{_at(holder, 'first-name')} {_at(holder, 'last-name')}".strip()


def _red_book_classes(bibliography: etree._Element) -> Iterator[str]:
    for symbol in bibliography.iterfind("classifications-ipcr/classification-ipcr"):
        head = _at(symbol, "section") + _at(symbol, "class") + _at(symbol, "subclass")
        yield f"{head} {_at(symbol, 'main-group')}/{_at(symbol, 'subgroup')}"
    for path in ("classification-ipc", "classification-locarno"):
        for part in ("main-classification", "further-classification"):
            for symbol in bibliography.iterfind(f"{path}/{part}"):
                yield _text(symbol)


def _read_application_publication(root: etree._Element, line: int) -> RawRow | RefusedRow:
    """Read an application publication of 2001 to 2004."""
    bibliography = root.find("subdoc-bibliographic-information")
    if bibliography is None:
        return refused_row(line, "document", "xml_document_type", name=str(root.tag))
    filing = "domestic-filing-data"
    number = _at(bibliography, f"{filing}/application-number/doc-number")
    kind_code = _at(bibliography, "document-id/kind-code")
    fields = {
        "application_number": _application_number(
            number, _at(bibliography, f"{filing}/application-number-series-code")
        ),
        "title": _at(bibliography, "technical-information/title-of-invention"),
        "filing_date": _at(bibliography, f"{filing}/filing-date"),
        "publication_number": _at(bibliography, "document-id/doc-number") + kind_code,
        "publication_date": _at(bibliography, "document-id/document-date"),
        "right_type": "plant" if kind_code.startswith("P") else "invention",
    }
    inventors = bibliography.find("inventors")
    people = [] if inventors is None else list(inventors)
    classes = "technical-information/classification-ipc"
    lists: dict[str, Iterable[str]] = {
        "applicants": [
            f"{_at(person, 'name/given-name')} {_at(person, 'name/family-name')}".strip() for person in people
        ],
        "holders": [_at(one, "organization-name") for one in bibliography.iterfind("assignee")],
        "ipc": [
            _text(symbol)
            for part in ("classification-ipc-primary", "classification-ipc-secondary")
            for symbol in bibliography.iterfind(f"{classes}/{part}/ipc")
        ],
    }
    return _row(line, fields, lists)


def _read_patdoc(root: etree._Element, line: int) -> RawRow | RefusedRow:
    """Read a grant of 2001 to 2004: the B-fields are the INID codes of WIPO ST.9."""
    bibliography = root.find("SDOBI")
    if bibliography is None:
        return refused_row(line, "document", "xml_document_type", name=str(root.tag))
    number = _at(bibliography, "B200/B210/DNUM")
    fields = {
        "application_number": _application_number(number, _at(bibliography, "B200/B211US")),
        "title": _at(bibliography, "B500/B540"),
        "filing_date": _at(bibliography, "B200/B220/DATE"),
        "grant_number": _at(bibliography, "B100/B110/DNUM") + _at(bibliography, "B100/B130"),
        "grant_date": _at(bibliography, "B100/B140/DATE"),
    }
    lists: dict[str, Iterable[str]] = {
        "applicants": _patdoc_names(bibliography, "B700/B720/B721/PARTY-US/NAM"),
        "holders": _patdoc_names(bibliography, "B700/B730/B731/PARTY-US/NAM"),
        "ipc": [
            # The columns of these symbols are kept: A61B  500 is A61B 5/00.
            "".join(str(part) for part in symbol.itertext()).strip()
            for tag in ("B511", "B512")
            for symbol in bibliography.iterfind(f"B500/B510/{tag}")
        ],
    }
    return _row(line, fields, lists, _at(bibliography, "B100/B190"))


def _patdoc_names(bibliography: etree._Element, path: str) -> Iterator[str]:
    for name in bibliography.iterfind(path):
        yield _at(name, "ONM") or f"{_at(name, 'FNM')} {_at(name, 'SNM')}".strip()


_READERS: Final[
    dict[str | bytes | bytearray | etree.QName, Callable[[etree._Element, int], RawRow | RefusedRow]]
] = {
    "us-patent-grant": _read_red_book,
    "us-patent-application": _read_red_book,
    "patent-application-publication": _read_application_publication,
    "PATDOC": _read_patdoc,
}
