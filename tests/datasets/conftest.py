"""Sources for the recipes: the real ones where they are at hand, and small stand-ins in the publishers' layout.

The stand-ins, for `towns` and `leadership-survey`, are written from the project's own tables, so that every failure
can be tried without the real files. They are not the recorded editions: build with `new_edition=True`.
"""

from __future__ import annotations

import csv
import inspect
import shutil
from pathlib import Path

import pytest
from committed_tables import table

from academy.data import slugs
from academy.data.build import sources_folder
from academy.project import DATASETS


@pytest.fixture
def real_sources() -> Path:
    folder = sources_folder()
    if not folder.is_dir():
        pytest.skip(f"the published files are not at {folder}: set ACADEMY_SOURCES to their folder to run this test")
    return folder


@pytest.fixture
def datasets(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of datasets that a test may damage: the two examples, and what the test or its file names."""
    parameters = getattr(request.node, "callspec", None)
    named = {value for value in parameters.params.values() if isinstance(value, str)} if parameters else set()
    text = inspect.getsource(request.module)
    folder = tmp_path / "datasets"
    for slug in slugs():
        if slug in {"towns", "leadership-survey"} | named or f'"{slug}' in text:
            shutil.copytree(DATASETS / slug, folder / slug, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The files that the recipes read, in the layout of their publishers, written from the project's tables."""
    folder = tmp_path / "sources"
    towns = table("towns/towns.csv")
    _write(folder / "town-reference/ct-town-to-planning-region.csv", _crosswalk(towns), "utf-8-sig")
    _write(folder / "population-census/sub-est2019_9.csv", _census(towns))
    _write(folder / "population-dph/dph-population-by-town_2020.csv", _public_health(towns))
    _write(folder / "acs-town-2023/acs_town_basic_profile_2023.csv", _survey(towns))
    plan = tmp_path / "seeds" / "004_65b775ccad3feafa.txt"
    plan.parent.mkdir()
    plan.write_text(_plan(), encoding="utf-8")
    return folder


def _write(path: Path, rows: list[dict[str, str]], encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True)
    with path.open("w", encoding=encoding, newline="") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _crosswalk(towns: list[dict[str, str]]) -> list[dict[str, str]]:
    return [
        {
            "town_name": town["town"],
            "town_fips_2020": town["town_fips_2020"].removeprefix("0"),
            "town_fips_2022": town["town_fips_2022"].removeprefix("0"),
            "ce_name_2022": f"{town['planning_region']} Planning Region",
            "ce_fips_2022": town["planning_region_fips"].removeprefix("0"),
        }
        for town in towns
    ]


def _census(towns: list[dict[str, str]]) -> list[dict[str, str]]:
    def row(level: str, county: str, town: str, name: str, people: str) -> dict[str, str]:
        return {
            "SUMLEV": level,
            "STATE": "09",
            "COUNTY": county,
            "COUSUB": town,
            "NAME": name,
            "CENSUS2010POP": people,
        }

    counties = {town["town_fips_2020"][2:5]: f"{town['county']} County" for town in towns}
    return [
        row("040", "000", "00000", "Connecticut", "3574097"),
        *(row("050", code, "00000", name, "0") for code, name in sorted(counties.items())),
        # A city inside its town: it must not be counted.
        row("071", "011", "34250", "Groton city", "10389"),
        *(
            row(
                "061",
                town["town_fips_2020"][2:5],
                town["town_fips_2020"][5:],
                f"{town['town']} town",
                town["population_2010"],
            )
            for town in towns
        ),
    ]


def _public_health(towns: list[dict[str, str]]) -> list[dict[str, str]]:
    places = [(town["town"], town["town_fips_2020"], town["population_2020"]) for town in towns]
    return [
        {
            "Town": name,
            "FIPS": code,
            "Year": year,
            "Measure Type": measure,
            "Variable": "Estimated Population",
            "Value": value,
        }
        for name, code, people in [*places, ("Connecticut", "09", "3603448")]
        for year, measure, value in (("2019", "Number", "1"), ("2020", "Number", people), ("2020", "Percent", "0.5"))
    ]


def _survey(towns: list[dict[str, str]]) -> list[dict[str, str]]:
    def row(topic: str, level: str, name: str, estimate: str, margin: str) -> dict[str, str]:
        return {
            "topic": topic,
            "level": level,
            "name": name,
            "year": "2023",
            "group": topic,
            "estimate": estimate,
            "moe": margin,
        }

    return [
        row("total_pop", "2_state", "Connecticut", "3598348", "0"),
        *(row("total_pop", "6_town", town["town"], town["population_2019_2023"], "19") for town in towns),
        *(
            row(
                "median_household_income",
                "6_town",
                town["town"],
                town["median_household_income"],
                town["median_household_income_margin"] or "0",
            )
            for town in towns
        ),
    ]


def _plan() -> str:
    """Two copies of Appendix B, the second with the counts, as the plan has them."""
    shares: dict[str, dict[str, list[str]]] = {}
    headings: dict[str, list[str]] = {}
    for row in table("leadership-survey/leadership-survey.csv"):
        cells = shares.setdefault(row["question"], {}).setdefault(row["label"], [])
        cells.append("--" if row["printed_as_dashes"] == "true" else f"{row['percent']}%")
        answers = headings.setdefault(row["question"], [])
        if row["answer"].capitalize() not in answers:
            answers.append(row["answer"].capitalize())
    tables = ""
    for question, rows in shares.items():
        tables += "\t".join(["", *headings[question]]) + "\n"
        tables += "".join("\t".join([label, *cells]) + "\n" for label, cells in rows.items()) + "\n"
    activities = "\n".join(
        f"{row['rank']}. {row['label']} ({row['percent_first_or_second']}%)"
        for row in table("leadership-survey/leadership-survey-activities.csv")
    )
    ranking = "Rankings of the most important data-related activities to achieve agency goals over the next two years⁴"
    copy = f"{tables}\n{ranking}\n\n{activities}\n"
    counts = {"role": "", "effectiveness": ""}
    for row in table("leadership-survey/leadership-survey-respondents.csv"):
        counts[row["question"]] += f"- {row['label']}, {row['respondents']}\n"
    return (
        f"{copy}\nAgency leaders answered (n=22 responses).\n\n"
        f"What is your role within your agency?\n\n{counts['role']}\n"
        f"My agency effectively utilizes data to achieve our agency goals.\n\n{counts['effectiveness']}\n{copy}"
    )
