"""What the worksheets about sharing data mean: which agreement to ask counsel for, which clauses a draft lacks, and
when an agreement runs out.

Information, not legal advice. The types of agreement, and what each is best for, are those of the Data Sharing
Playbook (Connecticut Office of Policy and Management, as edited until October 2022).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

TYPES = {
    "MOU": "Memorandum of Understanding",
    "DUA": "Data Use Agreement",
    "E-MOU": "Enterprise Memorandum of Understanding",
    "DSA": "Data Sharing Agreement",
    "BAA": "Business Associate Agreement",
    "SOW": "Statement of Work",
    "NDA": "Non-Disclosure Agreement",
}
"""The seven types of the playbook, by their short names."""

SOON = 90
"""Days before the end at which an agreement should be on someone's desk: a new one takes months."""
_LONGEST_TERM = 5 * 366


class _Clause(NamedTuple):
    """A clause of a data use agreement: what to add where there is none, and what a thin one does not say."""

    field: str
    title: str
    missing: str
    thin: Callable[[str], str]


def _lacks(*parts: tuple[str, str]) -> Callable[[str], str]:
    """A judge of a clause: what it leaves open, by the words that would tell. An empty text means that it will do."""

    def judge(clause: str) -> str:
        open_ = [words for pattern, words in parts if not re.search(pattern, clause, re.IGNORECASE)]
        return " and ".join(open_)

    return judge


_TIME = r"\d|\bone\b|\btwo\b|\bthree\b|\bat once\b|immediate|\bsame day\b|\bnext day\b"
_CLAUSES = (
    _Clause("purpose", "Purpose", "Say for which one purpose the data may be used.", lambda clause: _purpose(clause)),
    _Clause(
        "legal_authority",
        "Legal authority",
        "Ask counsel which law lets one party give the data, and the other have it.",
        _lacks((r"\d|§|statute|\blaws?\b|\bact\b|c\.g\.s|u\.s\.c|ferpa|hipaa", "which law it is")),
    ),
    _Clause("data_elements", "Data elements", "List the columns, with a reason for each.", lambda clause: ""),
    _Clause(
        "safeguards",
        "Safeguards",
        "Say how the data travel, where they lie and who can open them.",
        _lacks(
            (r"transfer|sent|travel|sftp|deliver|encrypt|secure", "how the data travel"),
            (r"analyst|staff|role|only|access|open|people|person|user", "who can open them"),
        ),
    ),
    _Clause("starts", "Start", "Give the day on which the agreement starts.", lambda clause: ""),
    _Clause(
        "ends",
        "End",
        "Give the day on which the agreement ends. Without one, nobody looks at it again.",
        lambda clause: "",
    ),
    _Clause(
        "destruction",
        "Destruction",
        "Say by when the data are destroyed, how, and who confirms it in writing.",
        _lacks(
            (_TIME + r"|\bend\b|\bterm", "by when the data are destroyed"),
            (r"certif|confirm|sign|in writing|written|report", "who confirms it in writing"),
        ),
    ),
    _Clause(
        "redisclosure",
        "Passing it on",
        "Say that the recipient gives the data to nobody else, or on what terms.",
        _lacks(
            (
                r"\bno\b|\bnot\b|nobody|no one|none|never|only|without|consent|unless|forbid|prohibit",
                "who may not get them",
            )
        ),
    ),
    _Clause(
        "breach_notice",
        "Breach notice",
        "Say whom the recipient tells when data are lost or seen by others, and how fast.",
        _lacks(
            (_TIME, "how fast"),
            (r"officer|counsel|provider|agency|department|unit|commissioner|owner|both", "whom to tell"),
        ),
    ),
    _Clause(
        "publication",
        "What may be published",
        "Say which results may be published, and how small counts are hidden.",
        _lacks((r"small|suppress|hid(e|den)|fewer|under \d|below \d|less than|nothing", "how small counts are hidden")),
    ),
    _Clause("contacts", "Contacts", "Name the role on each side that answers for the agreement.", lambda clause: ""),
    _Clause("signatories", "Who signs", "Name the role that signs for each party.", lambda clause: ""),
)


def advice(filled: Mapping[str, Any]) -> list[str]:
    """Return plain sentences about a filled worksheet, by its name: a request, a draft agreement or a catalog entry.

    It never raises, and a worksheet of another kind gets none.
    """
    if not isinstance(filled, Mapping):
        return []
    adviser = {
        "data-request": _about_request,
        "data-use-agreement": _about_agreement,
        "data-sharing-catalog-entry": _about_entry,
    }.get(str(filled.get("worksheet")))
    return list(adviser(filled)) if adviser else []


def missing_clauses(agreement: Mapping[str, Any]) -> list[str]:
    """Return the fields of a draft data use agreement that hold nothing, in the order of the worksheet."""
    return [clause.field for clause in _CLAUSES if _is_empty(agreement.get(clause.field))]


def thin_clauses(agreement: Mapping[str, Any]) -> dict[str, str]:
    """Return the clauses that are there and leave something open: the field, then what it does not say."""
    found = {clause.field: clause.thin(_text(agreement.get(clause.field))) for clause in _CLAUSES}
    found["ends"] = _term(agreement.get("starts"), agreement.get("ends"))
    found["data_elements"] = _elements(agreement.get("data_elements"))
    found["signatories"] = _signatories(agreement.get("signatories"))
    missing = missing_clauses(agreement)
    return {field: words for field, words in found.items() if words and field not in missing}


def agreement_for(request: Mapping[str, Any]) -> str | None:
    """Return the short name of the type to ask counsel about, "none" where there may be no need of one, or None."""
    level, often = request.get("level"), request.get("how_often")
    if level == "Counts or other totals":
        return "none"
    return {
        "Once": "DUA",
        "The same data, again and again": "MOU",
        "Different data, over several years": "DSA",
    }.get(str(often))


def days_until(end: str | datetime.date, today: str | datetime.date | None = None) -> int:
    """Return how many days are left until an agreement ends: 0 on its last day, less than 0 when it has run out.

    Dates may be texts such as "2027-06-30". Raises ValueError for anything else.
    """
    return (_day(end) - _day(today or datetime.date.today())).days


def _about_request(request: Mapping[str, Any]) -> Iterator[str]:
    kind = agreement_for(request)
    if kind == "none":
        yield (
            "Counts may need no agreement at all. Ask the agency data officer if they are public already, or could be "
            "published for everyone, with small counts hidden."
        )
    elif kind:
        yield (
            f"Ask counsel first about a {TYPES[kind]} ({kind}). It fits what you say about how often you need the "
            "data. Counsel decides."
        )
    if request.get("requester_kind") == "Contractor or vendor":
        yield (
            "A contractor also needs a Statement of Work (SOW), and people who see the rows may sign a Non-Disclosure "
            "Agreement (NDA)."
        )
        yield "If the data are health records under HIPAA, ask counsel about a Business Associate Agreement (BAA)."
    if kind and kind != "none":
        yield "Send the request to the data officer of the agency that owns the data, and a copy to your own."
    start, end, needed, gone = (
        _day_or_none(request.get(name)) for name in ("period_start", "period_end", "needed_by", "destroy_by")
    )
    if start and end and end < start:
        yield "The data would end before they begin. Look at the two dates again."
    if needed and gone and gone < needed:
        yield "You would destroy the data before you get them. Look at the two dates again."


def _about_agreement(agreement: Mapping[str, Any]) -> Iterator[str]:
    missing, thin = missing_clauses(agreement), thin_clauses(agreement)
    for clause in _CLAUSES:
        if clause.field in missing:
            yield f"Missing: {clause.title}. {clause.missing}"
        elif clause.field in thin:
            yield f"Thin: {clause.title}. It does not say {thin[clause.field]}."
    if not missing and not thin:
        yield (
            "No clause is missing, and none is plainly too thin. A program reads words, not law: counsel reads it next."
        )
    elif agreement.get("status") == "Signed":
        yield "It says that this is signed. Talk to counsel about what is missing or thin."


def _about_entry(entry: Mapping[str, Any]) -> Iterator[str]:
    start, end = _day_or_none(entry.get("effective")), _day_or_none(entry.get("ends"))
    if start and end and end < start:
        yield "This agreement would end before it begins. Look at the two dates again."
    elif end:
        left = days_until(end)
        if left < 0:
            yield "This agreement has run out. Stop using the data, and ask the steward what has become of them."
        elif left <= SOON:
            yield f"This agreement ends in {left} days. Ask now if it is to be renewed: a new one takes months."
        else:
            yield f"This agreement ends in {left:,} days. Put {SOON} days before that into the steward's calendar."


def _purpose(clause: str) -> str:
    if re.search(
        r"\bany (lawful |other )?(purpose|use|reason)s?\b|\ball purposes\b|as needed|\bet cetera\b|\betc\b",
        clause,
        re.IGNORECASE,
    ):
        return "where the purpose ends: it allows everything"
    return "what the data are for: “research” alone is no purpose" if 0 < len(clause.split()) < 5 else ""


def _term(start: object, end: object) -> str:
    first, last = _day_or_none(start), _day_or_none(end)
    if last is None:
        return "on which day the agreement ends: give a date"
    if first and last < first:
        return "a day after the start"
    return "why it runs for more than five years" if first and (last - first).days > _LONGEST_TERM else ""


def _elements(rows: object) -> str:
    named = _rows(rows, "element")
    if any(re.search(r"\b(all|every|everything|whole|entire|any)\b", name, re.IGNORECASE) for name in named):
        return "which columns: “all” is no list"
    return "why each column is given" if named and len(_rows(rows, "why")) < len(named) else ""


def _signatories(rows: object) -> str:
    return "who signs for the other party" if len({party.casefold() for party in _rows(rows, "party")}) < 2 else ""


def _rows(rows: object, column: str) -> list[str]:
    """The texts of one column of a table in a worksheet, empty ones left out."""
    if not isinstance(rows, list):
        return []
    texts = (_text(row.get(column)) if isinstance(row, Mapping) else "" for row in rows)
    return [text for text in texts if text]


def _is_empty(answer: object) -> bool:
    return answer is ... or not _text(answer)


def _text(answer: object) -> str:
    if answer is None or answer is ...:
        return ""
    return " ".join(str(answer).split()) if not isinstance(answer, list | dict) or answer else ""


def _day(day: str | datetime.date) -> datetime.date:
    if isinstance(day, datetime.datetime):
        return day.date()
    return day if isinstance(day, datetime.date) else datetime.date.fromisoformat(day.strip())


def _day_or_none(day: object) -> datetime.date | None:
    try:
        return _day(day) if isinstance(day, str | datetime.date) else None
    except ValueError:
        return None
