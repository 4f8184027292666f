"""The data pages, built by Jupyter Book from the project's own datasets and two of the fixtures, and used in a browser."""

from __future__ import annotations

import csv
import functools
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, Page

from academy.data import Package, read_package, slugs
from academy.data.errors import PackageBroken
from academy.data.package import Table
from academy.project import DATASETS
from academy.site.data.files import publish_data
from academy.site.leaks import SecretLeaked, assert_no_leaks
from tests.site.served_book import served
from tests.site.test_book import DESKTOP, PHONE, Project, Visit, chromium, words

__all__ = ["chromium"]  # a fixture of this module too

OWN = ["town-sample", "visits-synthetic"]
"""The datasets of the fixtures: bars, and lines of made-up data with a table kept apart."""
SLUGS = [*slugs(), *OWN]
each_dataset = pytest.mark.parametrize("slug", SLUGS)
PARTS = ["A first look", "Quality", "Sources", "How to cite", "Check a download"]
TYPES = {"string": "text", "integer": "whole number", "boolean": "true or false"}


def build(project: Project) -> list[str]:
    """Build the data's files, then the book, as `academy build` does. Return whose picture was drawn."""
    drawn = publish_data(project.root / "datasets", project.site)
    project.build()
    return drawn


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("data-pages"))
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(DATASETS, project.root / "datasets", dirs_exist_ok=True, ignore=ignored)
    build(project)
    return project


@pytest.fixture
def own(built: Project, tmp_path: Path) -> Project:
    """A built project that a test may spoil."""
    shutil.copytree(built.root, tmp_path / "own", symlinks=True)
    project = Project.__new__(Project)
    project.root = tmp_path / "own"
    project.pages, project.site = project.root / "build" / "pages", project.root / "build" / "site"
    return project


@functools.cache
def _parsed(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def page_of(project: Project, slug: str) -> BeautifulSoup:
    return _parsed(project.site / "data" / f"{slug}.html")


def package_of(project: Project, slug: str) -> Package:
    return read_package(slug, project.root / "datasets")


def given(package: Package) -> list[Table]:
    return [table for table in package.tables if not table.kept_apart]


def rows_of(table: Table) -> list[list[str]]:
    """Header and rows, every cell as a CSV file spells it."""
    if table.format == "geojson":
        shapes = [feature["properties"] for feature in json.loads(table.path.read_bytes())["features"]]
        return [list(shapes[0]), *([("" if cell is None else str(cell)) for cell in each.values()] for each in shapes)]
    with table.path.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def cells(row: Tag) -> list[str]:
    return [" ".join(cell.get_text().split()) for cell in row.find_all(["th", "td"], recursive=False)]


def grid(table: Tag) -> list[list[str]]:
    return [cells(row) for row in table.find_all("tr")]


def plain(text: str) -> str:
    """Without what the page sets in its own way: curly quotes, markup, spaces."""
    return re.sub(r"[“”‘’\"'*`_—–-]|\s", "", text)


# -- what a page says ------------------------------------------------------------------------------------------------


@each_dataset
def test_a_page_says_what_the_dataset_is(built: Project, slug: str) -> None:
    page, package = page_of(built, slug), package_of(built, slug)
    assert plain(words(page.h1)) == plain(package.title)
    assert words(page.select_one(".lead")) == " ".join(package.description.split())
    facts = {words(fact.dt): words(fact.dd) for fact in page.select("dl.facts > div")}
    assert list(facts) == [
        "One row is", "Agency", "Topic", "Place", "Time", "Publisher updates", "Terms", "Credit", "Questions", "Lessons",
    ]  # fmt: skip
    assert (facts["One row is"], facts["Topic"], facts["Place"]) == (
        package.row_label,
        package.category,
        package.geographic_unit,
    )
    assert (facts["Publisher updates"], facts["Terms"], facts["Credit"]) == (
        package.update_frequency,
        package.terms,
        package.attribution,
    )
    assert [agency.strip() for agency in facts["Agency"].split(";")] == [
        agency.strip() for agency in package.agency.split(";")
    ]
    assert {moment[:4] for moment in package.temporal_coverage} <= set(re.findall(r"\d{4}", facts["Time"]))
    assert plain(package.contact) == plain(facts["Questions"])


@each_dataset
def test_a_page_has_every_part_in_its_order(built: Project, slug: str) -> None:
    page, package = page_of(built, slug), package_of(built, slug)
    headings = [words(heading) for heading in page.select("article h2")]
    tables = "Table" if len(given(package)) == 1 else "Tables"
    assert headings == [PARTS[0], tables, *PARTS[1:]]
    parts = {words(section.h2): section for section in page.select("article section:has(> h2)")}
    assert [words(heading) for heading in parts["Quality"].find_all("h3")][:4] == [
        "Known errors", "Suppression", "Breaks in series", "What was dropped",
    ]  # fmt: skip
    statement = (package.folder / "quality.md").read_text(encoding="utf-8").partition("\n")[2]
    assert plain(re.sub(r"^#+ |^- ", "", statement, flags=re.MULTILINE)) in plain(words(parts["Quality"]))
    for source in package.sources:
        assert parts["Sources"].find("a", href=source.landing_page)
        assert source.vintage in words(parts["Sources"]) and source.copy in words(parts["Sources"])
    assert words(parts["How to cite"].select_one("#citation")) == " ".join(package.citation.split())


@each_dataset
def test_every_column_of_every_table_is_explained(built: Project, slug: str) -> None:
    page, package = page_of(built, slug), package_of(built, slug)
    dictionaries = page.select("table.dictionary")
    assert len(dictionaries) == len(given(package))
    for table, shown in zip(given(package), dictionaries, strict=True):
        header, *rows = grid(shown)
        assert header[1:] == ["Meaning", "Type", "Unit", "If empty", "Allowed"]
        for column, (name, meaning, kind, unit, empty, _) in zip(table.columns, rows, strict=True):
            assert (name, meaning) == (column.name, " ".join(column.description.split()))
            assert (kind, unit, empty) == (TYPES.get(column.type, column.type), column.unit, column.missing)


@each_dataset
def test_the_first_rows_and_the_number_of_rows_are_those_of_the_file(built: Project, slug: str) -> None:
    page, package = page_of(built, slug), package_of(built, slug)
    previews = page.select("table.preview")
    for table, shown in zip(given(package), previews, strict=True):
        header, *rows = rows_of(table)
        found, *first = grid(shown)
        assert found == header
        for row, expected in zip(first, rows[:5], strict=True):
            for cell, text in zip(row, expected, strict=True):
                text = " ".join(text.split())
                assert cell == (text or "empty") or (len(text) > 80 and text.startswith(cell.removesuffix("…")))
        section = shown.find_parent("section")
        assert words(section.h3) and f"{len(rows):,}" in words(shown.caption)
        assert f"There are {len(rows):,} " in words(section)
        assert table.row_label in words(section)


@each_dataset
def test_tables_have_captions_and_headers_with_scopes(built: Project, slug: str) -> None:
    for table in page_of(built, slug).select("table.data"):
        assert words(table.caption)
        assert all(header["scope"] == "col" and words(header) for header in table.select("thead th"))
        assert all(header["scope"] == "row" and words(header) for header in table.select("tbody th"))
        region = table.parent
        assert (region["role"], region["tabindex"]) == ("region", "0") and region["aria-label"]


def test_allowed_values_are_told_and_long_lists_of_them_folded(built: Project) -> None:
    def allowed(slug: str) -> dict[str, str]:
        return {row[0]: row[5] for row in grid(page_of(built, slug).select_one("table.dictionary"))[1:]}

    assert allowed("visits-synthetic") == {
        "month": r"form \d{4}-\d{2}",
        "office": "North office, South office",
        "visits": "0 to 1,000",
        "suppressed": "any",
        "remark": "at most 200 characters",
    }
    assert allowed("towns")["median_household_income"] == "0 to 250,001"
    regions = page_of(built, "towns").select_one("table.dictionary details")
    assert words(regions.summary).endswith(" values") and "Litchfield" in words(regions)
    assert allowed("towns")["town"] == "no value twice"


def test_what_stands_in_a_cell_is_shown_as_it_is(built: Project) -> None:
    page = page_of(built, "visits-synthetic")
    assert words(page.h1) == "Visits to two offices * made up"
    remarks = [row[4] for row in grid(page.select_one("table.preview"))[1:]]
    assert remarks[0] == "A quiet month, <b>as always</b>: 3*3 visits, $5 & more_or_less"
    assert remarks[1] == "empty"
    assert remarks[3] == "A remark that is much longer than anyone would want to read in the first rows o…"


def test_made_up_data_say_so_and_a_note_comes_before_what_may_hurt(built: Project) -> None:
    page = page_of(built, "visits-synthetic")
    assert words(page.select_one(".eyebrow")) == "Data · Health and Human Services · Made up"
    notices = [words(notice) for notice in page.select(".notice")]
    assert notices[0].startswith("These data are made up.")
    assert notices[1] == "A note before you look. The offices of this dataset help people in distress."
    for slug in SLUGS:
        package = package_of(built, slug)
        text = " ".join(words(notice) for notice in page_of(built, slug).select(".notice"))
        assert ("These data are made up." in text) == package.synthetic
        assert (package.content_note or "") in text


def test_lessons_and_their_data_lead_to_each_other(built: Project) -> None:
    fact = page_of(built, "town-sample").select("dl.facts > div")[-1]
    assert {words(link): link["href"] for link in fact.find_all("a")} == {
        "Count towns": "../lessons/count-towns.html",
        "Chart towns": "../lessons/chart-towns.html",
    }
    assert words(page_of(built, "towns").select("dl.facts > div")[-1]) == "Lessons No lesson uses it yet"
    [data] = _parsed(built.site / "lessons" / "count-towns.html").select('.facts a[href^="../data/"]')
    assert (words(data), data["href"]) == ("Population of eight Connecticut towns, 2010", "../data/town-sample.html")


def test_every_link_of_the_data_pages_leads_somewhere(built: Project) -> None:
    for slug in [*SLUGS, "index"]:
        path = built.site / "data" / f"{slug}.html"
        page = page_of(built, slug)
        for link in page.select("article [href], article [src], .contents [href]"):
            address = link.get("href") or link.get("src")
            target, _, place = address.partition("#")
            if "//" not in target:
                assert (path.parent / target).resolve().is_file() if target else True, f"{slug} leads to {address}"
                assert target or not place or page.find(id=place), f"{slug} leads to {address}"


# -- the files -------------------------------------------------------------------------------------------------------


@each_dataset
def test_every_table_can_be_downloaded_and_is_the_one_of_the_checksum(built: Project, slug: str) -> None:
    page, package = page_of(built, slug), package_of(built, slug)
    links = [link for link in page.select("a[download]") if not link["href"].endswith("datapackage.json")]
    checksums = dict(
        zip(
            [words(term).partition(",")[0] for term in page.select(".checksums dt")],
            [words(checksum) for checksum in page.select(".checksums dd")],
            strict=True,
        )
    )
    assert [link["href"] for link in links] == [f"{slug}/{table.path.name}" for table in given(package)]
    for table, link in zip(given(package), links, strict=True):
        served = (built.site / "data" / link["href"]).read_bytes()
        assert served == table.path.read_bytes()
        assert hashlib.sha256(served).hexdigest() == checksums[table.path.name] == table.sha256
        kind, size, unit = re.search(r"\((\w+), ([\d.]+) (bytes|KB|MB)\)", words(link)).groups()  # type: ignore[union-attr]
        assert kind == ("GeoJSON" if table.format == "geojson" else "CSV")
        bytes_of_unit, rounded = {"bytes": (1, 0), "KB": (1_000, 500), "MB": (1_000_000, 50_000)}[unit]
        assert abs(float(size) * bytes_of_unit - len(served)) <= rounded
    description = json.loads((built.site / "data" / slug / "datapackage.json").read_bytes())
    assert [resource["path"] for resource in description["resources"]] == [table.path.name for table in given(package)]
    if given(package) == list(package.tables):
        assert (built.site / "data" / slug / "datapackage.json").read_bytes() == (
            package.folder / "datapackage.json"
        ).read_bytes()
    served_names = {path.name for path in (built.site / "data" / slug).iterdir()}
    assert served_names == {*(table.path.name for table in given(package)), "datapackage.json", "picture.svg"}


def test_answers_that_are_kept_apart_are_nowhere_in_the_site(built: Project) -> None:
    hidden = [table for slug in SLUGS for table in package_of(built, slug).tables if table.kept_apart]
    assert "visits-synthetic-answers.csv" in {table.path.name for table in hidden}
    answers = {table.path.name: table.path.read_bytes().strip() for table in hidden}
    for path in built.site.rglob("*"):
        if path.is_file():
            assert path.name not in answers
            assert not [name for name, content in answers.items() if content in path.read_bytes()]
    text = "".join(path.read_text(encoding="utf-8") for path in built.site.rglob("*.html"))
    assert "the answer to the riddle" not in text
    assert "“Where the offices lie”, is kept apart" in words(page_of(built, "visits-synthetic"))


def test_a_build_that_would_publish_kept_apart_answers_is_stopped(own: Project) -> None:
    [answers] = [table.path for table in package_of(own, "visits-synthetic").tables if table.kept_apart]
    assert_no_leaks([], own.site, kept_apart=[answers])
    shutil.copyfile(answers, own.site / "downloads.csv")
    with pytest.raises(SecretLeaked, match=r"downloads.csv holds the answers of visits-synthetic-answers.csv"):
        assert_no_leaks([], own.site, kept_apart=[answers])


def test_a_table_that_is_not_the_one_of_its_description_is_not_published(own: Project) -> None:
    table = own.root / "datasets" / "town-sample" / "town-sample.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("124775", "124776"), encoding="utf-8")
    with pytest.raises(PackageBroken, match=r"(?s)town-sample/town-sample.csv: .*checksum differs.*academy data build"):
        publish_data(own.root / "datasets", own.site)


# -- building again --------------------------------------------------------------------------------------------------


def test_one_changed_dataset_redraws_one_picture_and_rebuilds_its_page_and_the_list(own: Project) -> None:
    assert build(own) == []
    before = {path: path.stat().st_mtime_ns for path in own.site.rglob("*") if path.is_file()}
    folder = own.root / "datasets" / "town-sample"
    table = (folder / "town-sample.csv").read_bytes()
    changed = table.replace(b"124775", b"124776")
    (folder / "town-sample.csv").write_bytes(changed)
    own.edit(
        "datasets/town-sample/datapackage.json", hashlib.sha256(table).hexdigest(), hashlib.sha256(changed).hexdigest()
    )
    assert build(own) == ["town-sample"]
    touched = {str(path.relative_to(own.site)) for path, when in before.items() if path.stat().st_mtime_ns != when}
    assert touched == {
        "data/town-sample.html",
        "data/town-sample/town-sample.csv",
        "data/town-sample/datapackage.json",
        "data/town-sample/picture.svg",
        "searchindex.js",
    }
    assert "124,776" in words(_fresh(own, "town-sample").select_one(".picture-numbers"))


def _fresh(project: Project, slug: str) -> BeautifulSoup:
    return BeautifulSoup((project.site / "data" / f"{slug}.html").read_text(encoding="utf-8"), "html.parser")


def test_a_new_picture_of_the_same_table_is_drawn_and_a_new_caption_is_not(own: Project) -> None:
    caption = "Bridgeport has the most people of the eight, Union the fewest."
    own.edit("datasets/town-sample/datapackage.json", caption, "Union is small.")
    assert publish_data(own.root / "datasets", own.site) == []
    own.edit("datasets/town-sample/datapackage.json", '"largest": 8', '"largest": 3')
    assert publish_data(own.root / "datasets", own.site) == ["town-sample"]


def test_a_dataset_that_is_gone_leaves_nothing_behind(own: Project) -> None:
    shutil.rmtree(own.root / "datasets" / "visits-synthetic")
    build(own)
    assert not (own.site / "data" / "visits-synthetic").exists()
    assert not (own.site / "data" / "visits-synthetic.html").exists()
    assert "Visits to two offices" not in words(_fresh(own, "index"))
    assert (own.site / "data" / "town-sample" / "town-sample.csv").is_file()


# -- the picture -----------------------------------------------------------------------------------------------------


def drawn(package: Package) -> pd.Series[float]:
    """What the picture shows, worked out apart: the value at each x, and at each series of lines."""
    wish = package.picture
    [table] = [table for table in package.tables if table.name == wish.table]
    header, *rows = rows_of(table)
    frame = pd.DataFrame(rows, columns=header)
    for column, text in wish.only.items():
        frame = frame[frame[column] == text]
    frame = frame[frame[wish.x] != ""]
    frame["value"] = pd.to_numeric(frame[wish.value]) if wish.value else 1.0
    keys = [wish.x, wish.series] if wish.series else [wish.x]
    values = frame.groupby(keys)["value"].sum(min_count=1).dropna()
    return values.nlargest(wish.largest) if wish.largest else values


def number(text: str) -> float:
    return float(text.replace(",", ""))


@each_dataset
def test_the_text_alternative_names_the_largest_and_the_smallest_number_of_the_data(built: Project, slug: str) -> None:
    package = package_of(built, slug)
    [picture] = page_of(built, slug).select(".picture img")
    found = re.fullmatch(
        r"(Map of|Chart with) (\d+) (towns|bars|lines?)(.*?): (.+)\. "
        r"The largest value is ([\d,.-]+) \((.+)\), the smallest ([\d,.-]+) \((.+)\)\.",
        picture["alt"],
    )
    assert found, picture["alt"]
    _, count, marks, _, title, most, most_at, least, least_at = found.groups()
    values = drawn(package)
    if package.picture.kind == "map" and not package.picture.value:
        values = values.reindex(_towns(), fill_value=0)
    assert title == package.picture.title.rstrip(".")
    # Large amounts are said without their cents.
    rounded = 0.5 if values.abs().max() >= 10_000 else 0.0001
    assert abs(number(most) - values.max()) <= rounded and abs(number(least) - values.min()) <= rounded
    assert {"map": "towns", "bars": "bars", "lines": "lines"}[package.picture.kind].startswith(marks)
    for text, value in ((most_at, values.max()), (least_at, values.min())):
        names = {name if isinstance(name, str) else name[1] for name in values[values == value].index.astype(object)}
        assert any(name in text for name in map(str, names)) or package.picture.kind == "lines", (text, names)
    assert (
        int(count)
        == {
            "map": 169,
            "bars": len(page_of(built, slug).select(".picture-numbers tbody tr")),
            "lines": values.index.get_level_values(1).nunique() if package.picture.series else 1,
        }[package.picture.kind]
    )


def _towns() -> list[str]:
    return [row[0] for row in rows_of(read_package("towns").tables[0])[1:]]


@each_dataset
def test_the_numbers_in_the_picture_stand_below_it_as_a_table(built: Project, slug: str) -> None:
    package = package_of(built, slug)
    details = page_of(built, slug).select_one("details.picture-numbers")
    assert words(details.summary) == "The numbers in this picture"
    _, *rows = grid(details.table)
    shown = sorted(number(cell) for _, *row in rows for cell in row if cell != "no data")
    expected = list(drawn(package))
    if package.picture.kind == "map":
        assert len(rows) == 169
        if not package.picture.value:
            expected += [0.0] * (169 - len(expected))
    assert shown == pytest.approx(sorted(expected))


@each_dataset
def test_the_picture_has_its_title_and_caption_as_text(built: Project, slug: str) -> None:
    package = package_of(built, slug)
    figure = page_of(built, slug).select_one("figure.picture")
    assert words(figure.select_one(".picture-title")) == package.picture.title
    assert words(figure.figcaption).startswith(" ".join(package.picture.caption.split()))
    svg = (built.site / "data" / slug / "picture.svg").read_text(encoding="utf-8")
    assert len(svg) < 200_000
    assert not re.search(r"<script|<dc:date>|(?<!xmlns=\")(?<!xmlns:xlink=\")https?://(?!www\.w3\.org)", svg)


def test_a_hidden_number_is_a_gap_that_the_table_names(built: Project) -> None:
    page = page_of(built, "visits-synthetic")
    assert grid(page.select_one(".picture-numbers table")) == [
        ["Month", "North office", "South office"],
        ["January 2150", "120", "48"],
        ["February 2150", "131", "no data"],
        ["March 2150", "118", "51"],
        ["April 2150", "144", "40"],
        ["May 2150", "150", "62"],
        ["June 2150", "162", "71"],
    ]
    assert page.select_one(".picture img")["alt"] == (
        "Chart with 2 lines of 6 points, from January 2150 to June 2150: Visits by month, January to June 2150. "
        "The largest value is 162 (North office, June 2150), the smallest 40 (South office, April 2150)."
    )


# -- the list of all -------------------------------------------------------------------------------------------------


def test_the_list_has_every_dataset_with_its_facts(built: Project) -> None:
    page = page_of(built, "index")
    cards = {card.a["href"].removesuffix(".html"): card for card in page.select("li.dataset")}
    assert sorted(cards) == sorted(SLUGS)
    for slug, card in cards.items():
        package = package_of(built, slug)
        assert words(card.a) == package.title
        assert words(card.p) and " ".join(package.description.split()).startswith(words(card.p))
        assert words(card.find_parent("section").h2) == package.category
        facts = {words(fact.dt): words(fact.dd) for fact in card.select("dl > div")}
        assert facts["Place"] == package.geographic_unit
        assert facts["Rows"] == f"{len(rows_of(package.tables[0])) - 1:,}"
        assert package.temporal_coverage[0][:4] in facts["Time"] and package.temporal_coverage[1][:4] in facts["Time"]
        assert ("Made up" in words(card.h3)) == package.synthetic
    assert words(page.select_one(".lead")).startswith(f"{len(SLUGS)} datasets")
    assert words(cards["town-sample"].select("dd")[-1]) == "Count towns ; Chart towns"


def test_the_contents_beside_a_page_name_the_list_and_not_each_dataset(built: Project) -> None:
    for slug in ("index", "towns", "visits-synthetic"):
        entries = [words(link) for link in page_of(built, slug).select("nav.contents a")]
        assert entries.count("All datasets") == 1
        titles = {package_of(built, slug).title for slug in SLUGS}
        assert not titles & set(entries)
        [current] = page_of(built, slug).select("nav.contents .current > a")
        assert words(current) == "All datasets"
    assert page_of(built, "towns").select_one('.site-links a[href="index.html"]')["aria-current"] == "true"


# -- in a real browser -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(built: Project) -> Iterator[str]:
    with served(built.site) as address:
        yield address


@pytest.mark.parametrize(("size", "colors"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop-light", "phone-dark"])
def test_no_data_page_has_a_serious_barrier(chromium: Browser, address: str, size: dict[str, int], colors: str) -> None:
    with Visit(chromium, address, viewport=size, color_scheme=colors) as visit:
        for name in ("index", "towns", "visits-synthetic", "town-sample"):
            page = visit.open(f"data/{name}")
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            found = Axe().run(page).response["violations"]
            serious = [
                (rule["id"], [node["html"] for node in rule["nodes"]])
                for rule in found
                if rule["impact"] in ("serious", "critical")
            ]
            assert not serious, f"{name}: {json.dumps(serious, indent=1)}"


def test_no_data_page_scrolls_sideways_on_a_phone_and_every_picture_is_there(chromium: Browser, address: str) -> None:
    with Visit(chromium, address, viewport=PHONE) as visit:
        for name in ["index", *SLUGS]:
            page = visit.open(f"data/{name}")
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], f"{name} is too wide"
            if name != "index":
                width = page.evaluate("document.querySelector('.picture img').naturalWidth")
                assert width > 300, f"{name} has no picture"
        assert visit.complaints == []
        assert not [asked for asked in visit.asked if not asked.startswith(f"{address}/")]


def test_a_wide_table_is_reached_and_scrolled_with_the_keyboard(chromium: Browser, address: str) -> None:
    with Visit(chromium, address, viewport=PHONE) as visit:
        page = visit.open("data/towns")
        table = page.get_by_role("region", name="First rows of towns.csv")
        page.get_by_role("link", name="Download towns.csv").focus()
        page.keyboard.press("Tab")
        assert table.evaluate("each => each === document.activeElement")
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        # It scrolls smoothly. The page's policy does not let Playwright wait for a function within the page.
        for _ in range(50):
            if scrolled := table.evaluate("each => each.scrollLeft"):
                break
            page.wait_for_timeout(100)
        assert scrolled > 0


def shown(page: Page) -> list[str]:
    return [card.get_attribute("href") or "" for card in page.locator("li.dataset:visible h3 a").all()]


def test_the_list_is_whole_without_javascript(chromium: Browser, address: str) -> None:
    with Visit(chromium, address, java_script_enabled=False) as visit:
        page = visit.open("data/index")
        assert sorted(shown(page)) == sorted(f"{slug}.html" for slug in SLUGS)
        assert not page.get_by_label("Topic").is_visible()
        page.get_by_role("link", name="Visits to two offices").click()
        page.get_by_text("The numbers in this picture").click()
        assert page.get_by_role("cell", name="162").is_visible()


def test_the_list_is_narrowed_by_topic_agency_and_place_and_says_how_many_are_left(
    chromium: Browser, address: str
) -> None:
    total = len(SLUGS)
    with Visit(chromium, address, viewport=DESKTOP) as visit:
        page = visit.open("data/index")
        status = page.get_by_role("form", name="Choose datasets").get_by_role("status")
        status.get_by_text(f"{total} datasets", exact=True).wait_for()
        # One of several agencies is found by its own name.
        page.get_by_label("Agency").select_option("Office of Made-Up Visits")
        status.get_by_text(f"1 of {total} datasets", exact=True).wait_for()
        assert shown(page) == ["visits-synthetic.html"]
        assert page.get_by_role("main").get_by_role("heading", level=2).all_inner_texts() == [
            "Health and Human Services"
        ]
        page.get_by_label("Topic").select_option("Local Government")
        status.get_by_text(f"0 of {total} datasets", exact=True).wait_for()
        page.get_by_role("button", name="Show all").click()
        status.get_by_text(f"{total} datasets", exact=True).wait_for()
        assert (len(shown(page)), page.get_by_label("Topic").input_value()) == (total, "")
        page.get_by_label("Place").select_option("Other")
        assert "visits-synthetic.html" in shown(page) and "towns.html" not in shown(page)
        assert visit.complaints == []


def test_a_choice_stands_in_the_address_and_is_there_again_when_one_comes_back(chromium: Browser, address: str) -> None:
    with Visit(chromium, address, viewport=DESKTOP) as visit:
        page = visit.open("data/index")
        page.get_by_label("Topic").select_option("Health and Human Services")
        page.get_by_label("Words").fill("TWO offices")
        chosen = "?topic=Health+and+Human+Services&words=TWO+offices"
        assert page.evaluate("location.href") == f"{address}/data/index.html{chosen}"
        assert shown(page) == ["visits-synthetic.html"]
        page.get_by_role("link", name="Visits to two offices").click()
        page.go_back()
        page.wait_for_url("**/data/index.html?topic=*")
        assert page.get_by_label("Topic").input_value() == "Health and Human Services"
        assert shown(page) == ["visits-synthetic.html"]
        page.goto(f"{address}/data/index.html?topic=No+such+topic&agency=U.S.+Census+Bureau&other=1")
        assert page.get_by_label("Topic").input_value() == ""
        assert "town-sample.html" in shown(page) and "visits-synthetic.html" not in shown(page)
        assert visit.complaints == []


def test_the_list_is_narrowed_with_the_keyboard_alone(chromium: Browser, address: str) -> None:
    with Visit(chromium, address, viewport=DESKTOP) as visit:
        page = visit.open("data/index")
        page.get_by_label("Topic").focus()
        page.keyboard.type("Local")
        assert page.get_by_label("Topic").input_value() == "Local Government"
        for name in ("Agency", "Place", "Words"):
            page.keyboard.press("Tab")
            assert page.get_by_label(name, exact=True).evaluate("each => each === document.activeElement")
        page.keyboard.type("eight")
        left = shown(page)
        assert "town-sample.html" in left and "towns.html" not in left
        page.keyboard.press("Enter")
        assert shown(page) == left, "Enter must not send the form away"


def test_the_citation_can_be_copied(chromium: Browser, address: str) -> None:
    with Visit(chromium, address, permissions=["clipboard-read", "clipboard-write"]) as visit:
        page = visit.open("data/town-sample")
        page.get_by_role("button", name="Copy the citation").click()
        page.get_by_role("status").get_by_text("Copied.").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("Population of eight Connecticut towns, 2010. Compiled by")
