"""Advice on sharing data: the agreement to ask counsel about, the clauses a draft lacks, the days that are left."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.agreement import SOON, TYPES, advice, agreement_for, days_until, missing_clauses, thin_clauses
from toolkit.worksheet import advice as advice_of_worksheet

WORKSHEETS = Path(__file__).parent.parent.parent / "worksheets"
NAMES = ("data-request", "data-use-agreement", "data-sharing-catalog-entry")
CLAUSES = [
    "purpose",
    "legal_authority",
    "data_elements",
    "safeguards",
    "starts",
    "ends",
    "destruction",
    "redisclosure",
    "breach_notice",
    "publication",
    "contacts",
    "signatories",
]


def example_of(name: str) -> dict[str, Any]:
    return json.loads((WORKSHEETS / "examples" / f"{name}.json").read_text(encoding="utf-8"))


def schema_of(name: str) -> dict[str, Any]:
    return json.loads((WORKSHEETS / f"{name}.json").read_text(encoding="utf-8"))


REQUEST, AGREEMENT, ENTRY = map(example_of, NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_each_worksheet_gets_advice(name: str) -> None:
    assert advice_of_worksheet(example_of(name), schema_of(name)) == advice(example_of(name)) != []


# -- a draft agreement -------------------------------------------------------------------------------------------------


def test_a_whole_agreement_lacks_nothing_and_still_goes_to_counsel() -> None:
    assert missing_clauses(AGREEMENT) == [] and thin_clauses(AGREEMENT) == {}
    assert len(advice(AGREEMENT)) == 1 and "counsel reads it next" in advice(AGREEMENT)[0]


def test_an_empty_draft_lacks_every_clause_in_the_order_of_the_worksheet() -> None:
    assert missing_clauses({}) == CLAUSES
    assert [field for field in schema_of("data-use-agreement")["properties"] if field in CLAUSES] == CLAUSES


@pytest.mark.parametrize("clause", CLAUSES)
@pytest.mark.parametrize("nothing", [None, "", "  ", ..., []])
def test_a_clause_without_words_is_missing_and_the_advice_says_what_to_add(clause: str, nothing: object) -> None:
    draft = {**AGREEMENT, clause: nothing}
    assert missing_clauses(draft) == [clause]
    [sentence] = advice(draft)
    assert sentence.startswith("Missing: ") and sentence.endswith(".")


@pytest.mark.parametrize(
    ("clause", "words", "open_"),
    [
        ("purpose", "For any lawful purpose that the recipient may have", "where the purpose ends"),
        ("purpose", "For research", "what the data are for"),
        ("legal_authority", "Both parties are allowed to share", "which law it is"),
        ("data_elements", [{"element": "All columns", "why": "May be useful"}], "which columns"),
        ("data_elements", [{"element": "Birth date", "why": ""}], "why each column is given"),
        ("safeguards", "The recipient will be careful", "how the data travel and who can open them"),
        ("ends", "When they are no longer needed", "on which day the agreement ends"),
        ("ends", "2026-01-01", "a day after the start"),
        ("ends", "2040-01-01", "why it runs for more than five years"),
        ("destruction", "The data will be deleted", "by when the data are destroyed and who confirms it in writing"),
        ("redisclosure", "The recipient may pass the data on", "who may not get them"),
        ("breach_notice", "The recipient tells the provider", "how fast"),
        ("breach_notice", "Within 24 hours", "whom to tell"),
        ("publication", "The recipient may publish tables", "how small counts are hidden"),
        ("signatories", [{"party": "Department of Samples", "role": "Commissioner"}], "the other party"),
    ],
)
def test_a_thin_clause_is_told_with_what_it_leaves_open(clause: str, words: object, open_: str) -> None:
    draft = {**AGREEMENT, clause: words}
    assert missing_clauses(draft) == []
    [sentence] = advice(draft)
    assert sentence.startswith("Thin: ") and open_ in sentence and list(thin_clauses(draft)) == [clause]


def test_a_signed_agreement_with_a_gap_is_a_matter_for_counsel() -> None:
    assert "Talk to counsel" in advice({**AGREEMENT, "status": "Signed", "destruction": ""})[-1]


# -- a request ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("often", "kind"),
    [
        ("Once", "DUA"),
        ("The same data, again and again", "MOU"),
        ("Different data, over several years", "DSA"),
    ],
)
def test_how_often_the_data_are_needed_tells_which_agreement_to_ask_about(often: str, kind: str) -> None:
    request = {**REQUEST, "how_often": often}
    assert agreement_for(request) == kind
    assert f"{TYPES[kind]} ({kind})" in advice(request)[0] and "Counsel decides" in advice(request)[0]


def test_the_choices_of_the_worksheet_are_those_that_lead_somewhere() -> None:
    fields = schema_of("data-request")["properties"]
    assert all(agreement_for({"how_often": choice}) for choice in fields["how_often"]["enum"])
    assert agreement_for({"level": fields["level"]["enum"][0]}) == "none"
    assert "Contractor or vendor" in fields["requester_kind"]["enum"]
    kinds = schema_of("data-sharing-catalog-entry")["properties"]["type"]["enum"]
    assert kinds == [f"{name} ({short})" for short, name in TYPES.items()] + ["Other"]


def test_counts_may_need_no_agreement() -> None:
    request = {**REQUEST, "level": "Counts or other totals"}
    assert agreement_for(request) == "none" and "no agreement" in advice(request)[0]


def test_a_contractor_is_told_of_the_work_the_secrecy_and_health_records() -> None:
    told = " ".join(advice({**REQUEST, "requester_kind": "Contractor or vendor"}))
    assert all(f"({short})" in told for short in ("SOW", "NDA", "BAA"))


@pytest.mark.parametrize("dates", [{"period_end": "2020-01-01"}, {"destroy_by": "2020-01-01"}])
def test_dates_in_the_wrong_order_are_told(dates: dict[str, str]) -> None:
    assert "Look at the two dates again" in advice({**REQUEST, **dates})[-1]


# -- the day it ends ---------------------------------------------------------------------------------------------------


def test_days_are_counted_to_the_last_day() -> None:
    assert days_until("2027-06-30", "2027-06-01") == 29
    assert days_until(datetime.date(2027, 6, 30), datetime.datetime(2027, 6, 30, 23)) == 0
    assert days_until(" 2027-06-30 ", "2027-07-01") == -1
    assert days_until("2028-03-01", "2028-02-28") == 2


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="isoformat"):
        days_until("soon", "2027-06-01")


@pytest.mark.parametrize(
    ("days", "words"),
    [(-1, "has run out"), (0, "ends in 0 days"), (SOON, "Ask now"), (SOON + 1, "steward's calendar")],
)
def test_an_entry_of_the_catalog_says_what_its_end_means(days: int, words: str) -> None:
    end = datetime.date.today() + datetime.timedelta(days=days)
    assert words in advice({**ENTRY, "effective": "2020-01-01", "ends": end.isoformat()})[0]


def test_an_entry_that_ends_before_it_begins_is_told() -> None:
    assert "Look at the two dates again" in advice({**ENTRY, "ends": "2026-01-01"})[0]


# -- whatever is typed -------------------------------------------------------------------------------------------------

rows = st.lists(st.dictionaries(st.sampled_from(["element", "why", "party"]), st.text(max_size=5)), max_size=3)
answers = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.lists(st.text(max_size=5)), rows)


@given(
    st.sampled_from([*NAMES, "another"]),
    st.dictionaries(st.sampled_from(sorted({*REQUEST, *AGREEMENT, *ENTRY})), answers, max_size=8),
)
def test_advice_never_raises_and_speaks_in_sentences(name: str, filled: dict[str, Any]) -> None:
    told = advice({**filled, "worksheet": name})
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in told)
    assert told == [] if name == "another" else isinstance(told, list)


@pytest.mark.parametrize("odd", [None, [], "text", 7, {"worksheet": []}])
def test_what_is_no_worksheet_gets_no_advice(odd: Any) -> None:
    assert advice(odd) == []
