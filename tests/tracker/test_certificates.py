"""Certificates: what they say is true, stays true, and is told to those only who have the code."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pikepdf
import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.tracker.cast import Cast
from tracker.audit.models import Entry
from tracker.certificates import codes
from tracker.certificates.making import NotCompleted, Standing, check, make, subjects
from tracker.certificates.models import Certificate, WrongCode
from tracker.certificates.pdf import as_pdf
from tracker.learning.models import Lesson, Submission
from tracker.people.models import Person

pytestmark = pytest.mark.django_db
Browser = Callable[[Person | None], Client]
HandIn = Callable[..., Submission]


@pytest.fixture
def certificate(cast: Cast, graded_submission: HandIn) -> Certificate:
    """The learner's, for the lesson."""
    graded_submission(cast.learner, 5)
    return make(cast.learner, "lesson", "add-numbers")


def verify_page(client: Client, code: str) -> str:
    return client.get(reverse("verify-code", args=[code])).content.decode()


# Making one


def test_a_completed_lesson_and_a_completed_path_can_be_certified(cast: Cast, graded_submission: HandIn) -> None:
    assert subjects(cast.learner) == []
    graded_submission(cast.learner, 1)
    assert subjects(cast.learner) == []
    with pytest.raises(NotCompleted, match="Complete it first"):
        make(cast.learner, "lesson", "add-numbers")
    passed = graded_submission(cast.learner, 4)
    found = [(each.kind, each.slug, each.completed_at) for each in subjects(cast.learner)]
    assert found == [("path", "everyone", passed.received_at), ("lesson", "add-numbers", passed.received_at)]


def test_it_says_who_what_when_how_long_in_which_version_and_what_was_shown(
    cast: Cast, graded_submission: HandIn, certificate: Certificate
) -> None:
    passed = Submission.objects.get(person=cast.learner)
    assert certificate.name == "Lena Lernfeld"
    assert certificate.title == "Add numbers"
    assert certificate.version == passed.lesson_version
    assert certificate.time == "10 minutes"
    assert certificate.completed_at == passed.received_at
    assert [lesson["objectives"] for lesson in certificate.lessons] == [["Add two numbers"]]
    assert Entry.objects.filter(action="certificates.make", concerning=cast.learner).exists()


def test_the_version_is_the_one_that_was_completed_and_a_later_change_is_said(
    cast: Cast, graded_submission: HandIn, as_: Browser
) -> None:
    first = graded_submission(cast.learner, 5)
    Submission.objects.filter(pk=first.pk).update(
        lesson_version="an-earlier-version", received_at=timezone.now() - timedelta(days=9)
    )
    graded_submission(cast.learner, 5)
    certificate = make(cast.learner, "lesson", "add-numbers")
    assert certificate.version == "an-earlier-version"
    page = as_(cast.learner).get(reverse("certificate", args=[certificate.code])).content.decode()
    assert "Some of these tasks have changed since they were completed." in page


def test_a_path_needs_every_lesson_that_exists_and_names_those_to_come(
    cast: Cast, graded_submission: HandIn, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    from autograder.notebook import Curriculum
    from autograder.notebook.curriculum import Group, PlannedLesson
    from tracker.certificates import making

    curriculum = making.curriculum_in(settings.LESSONS_FOLDER)
    path = Group("everyone", "Everyone", "The basics.", ("add-numbers", "multiply", "divide"))
    planned = (PlannedLesson("divide", "Divide fairly", "foundations"),)
    facts = curriculum.__dict__ | {"paths": (path,), "planned": planned}
    monkeypatch.setattr(making, "curriculum_in", lambda folder: Curriculum(**facts))
    graded_submission(cast.learner, 5)
    added = Lesson.objects.get()
    Lesson.objects.create(**{**_facts(added), "slug": "multiply", "title": "Multiply", "position": 2})
    assert [each.slug for each in subjects(cast.learner)] == ["add-numbers"]
    Lesson.objects.filter(slug="multiply").update(position=None)
    path_done = subjects(cast.learner)[0]
    assert path_done.slug == "everyone"
    assert path_done.to_come == ("multiply", "Divide fairly")


def test_two_clicks_make_one_certificate(certificate: Certificate, cast: Cast) -> None:
    assert make(cast.learner, "lesson", "add-numbers").code == certificate.code
    assert Certificate.objects.count() == 1


def test_it_keeps_the_name_until_it_is_made_again_and_then_the_old_one_says_so(
    cast: Cast, certificate: Certificate, as_: Browser, client: Client
) -> None:
    Person.objects.filter(pk=cast.learner.pk).update(name="Lena Newname")
    assert "Lena Lernfeld" in verify_page(client, certificate.code)
    page = as_(cast.learner).get(reverse("certificate", args=[certificate.code])).content.decode()
    assert "Make it again with my name of today" in page
    as_(cast.learner).post("/my/certificates/", {"kind": "lesson", "slug": "add-numbers"})
    newer = Certificate.objects.get(withdrawn_at=None)
    assert newer.name == "Lena Newname" and newer.code != certificate.code
    old = verify_page(client, certificate.code)
    assert "no longer holds" in old and "replaced by a newer one" in old and "Lena" not in old


def test_a_page_asks_the_database_equally_often_for_one_certificate_and_for_many(
    cast: Cast, certificate: Certificate, as_: Browser, django_assert_max_num_queries: Callable[..., object]
) -> None:
    browser = as_(cast.learner)

    def queries() -> int:
        with django_assert_max_num_queries(40) as captured:  # type: ignore[attr-defined]
            assert browser.get("/my/certificates/").status_code == 200
        return len(captured)

    queries()
    for_one = queries()
    withdrawn = {"withdrawn_at": timezone.now(), "withdrawn_by": "owner"}
    for number in range(5):
        copied = {**_facts(certificate), **withdrawn, "code": codes.new_code(), "slug": f"more-{number}"}
        Certificate.objects.create(**{name: value for name, value in copied.items() if name != "id"})
    assert queries() == for_one


# The code


@given(st.text(st.sampled_from(codes.ALPHABET), min_size=20, max_size=20))
def test_a_code_can_be_typed_as_people_type(code: str) -> None:
    for typed in (code, code.lower(), codes.spelled(code), f"  {codes.spelled(code).replace('-', ' ')} "):
        assert codes.read_code(typed) == code


@given(st.text())
def test_whatever_else_is_typed_is_no_code_or_a_whole_one(typed: str) -> None:
    code = codes.read_code(typed)
    assert code == "" or (len(code) == 20 and set(code) <= set(codes.ALPHABET))


def test_codes_are_long_random_and_say_nothing_about_the_person(certificate: Certificate, cast: Cast) -> None:
    found = {codes.new_code() for _ in range(2_000)}
    assert len(found) == 2_000
    # Every place takes every sign: 100 bits in all.
    for place in range(codes.LENGTH):
        assert len({code[place] for code in found}) == len(codes.ALPHABET) == 32
    Certificate.objects.all().delete()
    assert make(cast.learner, "lesson", "add-numbers").code != certificate.code


# The public page


def test_who_has_the_code_sees_who_completed_what_and_when(certificate: Certificate, client: Client) -> None:
    answer = client.get("/verify/", {"code": certificate.spelled.lower()}, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain == [(f"/verify/{certificate.code}/", 302)]
    assert "This certificate holds." in page
    for words in ("Lena Lernfeld", "Add numbers", "Add two numbers", f"{timezone.localtime():%B %-d, %Y}"):
        assert words in page
    for words in ("lena@example.org", "Signs", "Department of Bridges", "5 of 5"):
        assert words not in page
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in answer["Cache-Control"]


def test_a_wrong_code_learns_nothing_and_every_wrong_code_learns_the_same(
    certificate: Certificate, client: Client
) -> None:
    near = certificate.code[:-1] + next(sign for sign in codes.ALPHABET if sign != certificate.code[-1])
    answers = [client.get(f"/verify/{typed}/") for typed in (near, "2" * 20, "nonsense", str(certificate.pk))]
    assert {answer.status_code for answer in answers} == {404}
    pages = {re.sub(r'csrf\S+ value="\S+"', "", answer.content.decode()) for answer in answers}
    assert len(pages) == 1
    assert "Lena" not in pages.pop()


def test_a_malformed_code_in_the_form_is_explained(client: Client) -> None:
    answer = client.get("/verify/", {"code": "O0I1"})
    assert answer.status_code == 422
    assert "without 0, 1, I and O" in answer.content.decode()
    assert "Enter the code" in client.get("/verify/", {"code": ""}).content.decode()


def test_who_tries_codes_out_is_stopped_for_a_while_and_others_are_not(
    certificate: Certificate, client: Client
) -> None:
    for _ in range(WrongCode.ALLOWED):
        assert client.get("/verify/" + "2" * 20 + "/").status_code == 404
    stopped = client.get(f"/verify/{certificate.code}/")
    assert stopped.status_code == 429
    assert "Wait 15 minutes" in stopped.content.decode() and "Lena" not in stopped.content.decode()
    assert client.get(f"/verify/{certificate.code}/", REMOTE_ADDR="192.0.2.7").status_code == 200
    WrongCode.objects.update(at=timezone.now() - WrongCode.WINDOW)
    assert client.get(f"/verify/{certificate.code}/").status_code == 200


def test_no_network_address_is_stored(client: Client) -> None:
    client.get("/verify/" + "2" * 20 + "/", REMOTE_ADDR="192.0.2.7")
    assert re.fullmatch("[0-9a-f]{64}", WrongCode.objects.get().address)


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_saw(
    client: Client, settings: pytest.FixtureRequest
) -> None:
    def stored(forwarded: str) -> str:
        WrongCode.objects.all().delete()
        client.get("/verify/" + "2" * 20 + "/", headers={"X-Forwarded-For": forwarded})
        return WrongCode.objects.get().address

    assert stored("192.0.2.7") == stored("192.0.2.8")
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # type: ignore[attr-defined]
    assert stored("192.0.2.7") != stored("192.0.2.8")
    assert stored("192.0.2.7") == stored("made up, 192.0.2.7")


# When it no longer holds


def test_its_owner_withdraws_it_and_the_code_says_so(
    cast: Cast, certificate: Certificate, as_: Browser, client: Client
) -> None:
    path = reverse("certificate-withdraw", args=[certificate.code])
    assert as_(cast.colleague).post(path).status_code == 404
    assert as_(cast.trainer).post(path).status_code == 404
    certificate.refresh_from_db()
    assert certificate.withdrawn_at is None
    assert as_(cast.learner).post(path).status_code == 302
    page = verify_page(client, certificate.code)
    assert "no longer holds" in page and "by its owner" in page
    assert "Lena" not in page and "Add numbers" not in page
    assert as_(cast.learner).get(reverse("certificate-pdf", args=[certificate.code])).status_code == 404


def test_an_administrator_withdraws_it_with_a_reason_only(
    cast: Cast, certificate: Certificate, as_: Browser, client: Client
) -> None:
    path = reverse("certificate-withdraw", args=[certificate.code])
    refused = as_(cast.administrator).post(path, {"reason": " "})
    assert refused.status_code == 422 and "Say why" in refused.content.decode()
    assert as_(cast.administrator).post(path, {"reason": "Made for a test account."}).status_code == 302
    page = verify_page(client, certificate.code)
    assert "by an administrator" in page and "Made for a test account." in page
    assert Entry.objects.get(action="certificates.withdraw").actor == cast.administrator


def test_a_regrade_that_takes_completion_away_shows_on_the_page(
    cast: Cast, certificate: Certificate, client: Client, as_: Browser
) -> None:
    Submission.objects.update(passed=False, points=1)
    assert check(certificate).standing is Standing.TAKEN_BACK
    page = verify_page(client, certificate.code)
    assert "no longer holds" in page and "the lesson is not complete" in page
    assert as_(cast.learner).get(reverse("certificate-pdf", args=[certificate.code])).status_code == 404


def test_a_regrade_that_moves_the_day_shows_on_the_page(cast: Cast, graded_submission: HandIn, client: Client) -> None:
    first = graded_submission(cast.learner, 5)
    Submission.objects.filter(pk=first.pk).update(received_at=timezone.now() - timedelta(days=40))
    certificate = make(cast.learner, "lesson", "add-numbers")
    assert "graded again" not in verify_page(client, certificate.code)
    graded_submission(cast.learner, 5)
    Submission.objects.filter(pk=first.pk).update(passed=False, points=1)
    page = verify_page(client, certificate.code)
    assert "This certificate holds." in page
    assert f"it was completed on {timezone.localtime():%B %-d, %Y}" in " ".join(page.split())


# The PDF


@pytest.fixture
def pdf(certificate: Certificate) -> pikepdf.Pdf:
    Certificate.objects.update(name="Łucja Nguyễn-Ó Brien")
    certificate.refresh_from_db()
    return pikepdf.open(io.BytesIO(as_pdf(certificate, "https://academy.example.gov/verify/ABC/")))


def test_the_pdf_is_what_a_screen_reader_needs(pdf: pikepdf.Pdf) -> None:
    root = pdf.Root
    assert bool(root.MarkInfo.Marked)
    assert str(root.Lang) == "en-US"
    assert bool(root.ViewerPreferences.DisplayDocTitle)
    assert str(pdf.docinfo["/Title"]) == "Certificate of completion: Łucja Nguyễn-Ó Brien, Add numbers"
    with pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"].startswith("Certificate of completion")
    tags = [str(element.S) for element in structure(root.StructTreeRoot)]
    assert {"/H1", "/H2", "/P", "/L", "/LI", "/Link"} <= set(tags)
    assert tags.count("/H1") == 1
    # There is no picture, so none needs an alternative, and no text is a picture.
    assert "/Figure" not in tags
    assert not [image for page in pdf.pages for image in page.get_images()]


def test_links_of_the_pdf_say_where_they_lead(pdf: pikepdf.Pdf) -> None:
    links = [note for page in pdf.pages for note in page.get("/Annots", [])]
    assert [str(link.A.URI) for link in links] == ["https://academy.example.gov/verify/ABC/"]
    assert all(str(link.Contents) for link in links)
    assert all("/StructParent" in link for link in links)


def test_the_pdf_carries_its_own_letters(pdf: pikepdf.Pdf) -> None:
    fonts = [font for page in pdf.pages for font in page.resources.Font.values()]
    assert fonts
    for font in fonts:
        described = font.DescendantFonts[0].FontDescriptor
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(described.keys())
        assert "+Academy" in str(described.FontName)
        assert "/ToUnicode" in font


def test_only_its_owner_downloads_it_and_nothing_in_a_name_is_markup(
    cast: Cast, certificate: Certificate, as_: Browser
) -> None:
    path = reverse("certificate-pdf", args=[certificate.code])
    Certificate.objects.update(name='<img src="file:///etc/passwd" alt="x"><b>Lena</b>')
    answer = as_(cast.learner).get(path)
    assert answer["Content-Type"] == "application/pdf"
    document = pikepdf.open(io.BytesIO(answer.content))
    assert "<b>Lena</b>" in str(document.docinfo["/Title"])
    assert not [image for page in document.pages for image in page.get_images()]
    assert as_(cast.administrator).get(path).status_code == 404


def structure(element: pikepdf.Object) -> list[pikepdf.Object]:
    """Every structure element below this one."""
    kids = element.get("/K", [])
    found: list[pikepdf.Object] = []
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            found += [kid, *structure(kid)]
    return found


def _facts(row: Lesson | Certificate) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
