"""Read the datasets: folders of datasets/ with a datapackage.json each.

Pages and the command line describe a dataset by `read_package`; `tables` names what a learner gets of it. The fields
are explained in datasets/package.schema.json.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from academy.data.errors import DatasetMissing, PackageBroken
from academy.project import DATASETS
from autograder.lesson_files import tables_of

DESCRIPTOR = "datapackage.json"


@dataclass(frozen=True)
class Column:
    """One column: `missing` says what an empty cell means, `constraints` are those of a Frictionless table schema."""

    name: str
    title: str
    description: str
    type: str
    unit: str
    missing: str
    constraints: dict[str, Any]


@dataclass(frozen=True)
class Table:
    """One table, or one set of shapes (`format` is geojson), and what is promised about it.

    One that is `kept_apart` holds the answers to a made-up puzzle: learners do not get it.
    """

    name: str
    title: str
    description: str
    row_label: str
    path: Path
    format: str
    kept_apart: bool
    bytes: int
    sha256: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Picture:
    """The small picture of a dataset's page; datasets/package.schema.json explains the fields."""

    table: str
    kind: str
    x: str
    value: str | None
    series: str | None
    add: bool
    largest: int | None
    only: dict[str, str]
    title: str
    caption: str


@dataclass(frozen=True)
class Source:
    """One published file that a dataset was compiled from. `portal_id` is None where the state's portal has none."""

    title: str
    agency: str
    landing_page: str
    portal_id: str | None
    file: str
    copy: str
    vintage: str
    retrieved: str
    terms: str
    bytes: int
    sha256: str
    field_names: bool


@dataclass(frozen=True)
class Package:
    """One dataset. Its tables are in the order in which a reader needs them: the first is the main one."""

    slug: str
    title: str
    description: str
    agency: str
    category: str
    tags: tuple[str, ...]
    geographic_unit: str
    temporal_coverage: tuple[str, str]
    update_frequency: str
    terms: str
    attribution: str
    contact: str
    synthetic: bool
    content_note: str | None
    picture: Picture
    contributors: tuple[str, ...]
    sources: tuple[Source, ...]
    tables: tuple[Table, ...]
    folder: Path

    @property
    def row_label(self) -> str:
        """What one row of the main table stands for."""
        return self.tables[0].row_label

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the main table."""
        return self.tables[0].columns

    @property
    def citation(self) -> str:
        """How to cite the dataset on a page: who, what, from which files, read when."""
        files = "; ".join(
            f"{source.agency}, {source.title} ({source.vintage}"
            + (f", portal id {source.portal_id}" if source.portal_id else "")
            + f"), read {source.retrieved}, {source.landing_page}"
            for source in self.sources
        )
        made = "Made up by" if self.synthetic else "Compiled by"
        return f"{self.title}. {made} the Connecticut Data Academy" + (f" from: {files}." if files else ".")


def slugs(datasets: Path = DATASETS) -> list[str]:
    """Return the names of all datasets, in the order of the alphabet."""
    return sorted(path.name for path in datasets.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))


def package_folder(slug: str, datasets: Path = DATASETS) -> Path:
    """Return the folder of a dataset. Raises DatasetMissing."""
    known = slugs(datasets)
    if slug in known:
        return datasets / slug
    near = difflib.get_close_matches(slug, known, n=1)
    advice = f"Did you mean {near[0]}?" if near else f"Choose one of: {', '.join(known)}."
    raise DatasetMissing(
        f"datasets/{slug}",
        "there is no such dataset.",
        f"{advice} A lesson names its datasets under `data:` at its top; `academy data list` shows them all.",
    )


def read_descriptor(folder: Path) -> dict[str, Any]:
    """Return the content of a dataset's datapackage.json. Raises PackageBroken."""
    place = f"{folder.name}/{DESCRIPTOR}"
    try:
        content = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PackageBroken(place, "the file is not there.", "Write it; datasets/towns is an example.") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise PackageBroken(place, f"the file is not JSON: {error}.", "Mend it at that place.") from None
    if not isinstance(content, dict):
        raise PackageBroken(place, "the file does not hold one object.", "Start it with { and end it with }.")
    return content


def read_package(slug: str, datasets: Path = DATASETS) -> Package:
    """Return a dataset's description. Raises DatasetMissing, PackageBroken."""
    folder = package_folder(slug, datasets)
    content = read_descriptor(folder)
    try:
        return _package(folder, content)
    except (KeyError, TypeError, AttributeError) as error:
        raise PackageBroken(
            f"{slug}/{DESCRIPTOR}",
            f"a field is missing or of the wrong kind ({error}).",
            f"Run `academy data check {slug}`: it names every field to mend.",
        ) from None


def tables(slug: str, datasets: Path = DATASETS) -> list[Path]:
    """Return the paths of the tables that a learner gets. Raises DatasetMissing, PackageBroken (one is not there)."""
    paths = tables_of(read_package(slug, datasets).folder)
    for path in paths:
        if not path.is_file():
            problem = f"it names {path.name}, which is not there."
            raise PackageBroken(f"{slug}/{DESCRIPTOR}", problem, f"Run `academy data build {slug}`.")
    return paths


def _package(folder: Path, content: dict[str, Any]) -> Package:
    academy = content["academy"]
    return Package(
        slug=folder.name,
        title=content["title"],
        description=content["description"],
        agency=academy["agency"],
        category=academy["category"],
        tags=tuple(content["keywords"]),
        geographic_unit=academy["geographic_unit"],
        temporal_coverage=(academy["temporal_coverage"]["start"], academy["temporal_coverage"]["end"]),
        update_frequency=academy["update_frequency"],
        terms=academy["terms"],
        attribution=academy["attribution"],
        contact=academy["contact"],
        synthetic=academy["synthetic"],
        content_note=academy.get("content_note"),
        picture=_picture(academy["picture"]),
        contributors=tuple(person["title"] for person in content["contributors"]),
        sources=tuple(_source(source) for source in content["sources"]),
        tables=tuple(_table(folder, resource) for resource in content["resources"]),
        folder=folder,
    )


def _source(source: dict[str, Any]) -> Source:
    return Source(
        title=source["title"],
        agency=source["agency"],
        landing_page=source["path"],
        portal_id=source["portal_id"],
        file=source["file"],
        copy=source["copy"],
        vintage=source["vintage"],
        retrieved=source["retrieved"],
        terms=source["terms"],
        bytes=source["bytes"],
        sha256=source["hash"].removeprefix("sha256:"),
        field_names=source.get("field_names", False),
    )


def _picture(picture: dict[str, Any]) -> Picture:
    return Picture(
        table=picture["table"],
        kind=picture["kind"],
        x=picture["x"],
        value=picture.get("value"),
        series=picture.get("series"),
        add=picture.get("add", False),
        largest=picture.get("largest"),
        only=dict(picture.get("only", {})),
        title=picture["title"],
        caption=picture["caption"],
    )


def _table(folder: Path, resource: dict[str, Any]) -> Table:
    return Table(
        name=resource["name"],
        title=resource["title"],
        description=resource["description"],
        row_label=resource["row_label"],
        path=folder / resource["path"],
        format=resource["format"],
        kept_apart=resource.get("kept_apart", False),
        bytes=resource["bytes"],
        sha256=resource["hash"].removeprefix("sha256:"),
        columns=tuple(
            Column(
                name=field["name"],
                title=field["title"],
                description=field["description"],
                type=field["type"],
                unit=field["unit"],
                missing=field["missing"],
                constraints=dict(field["constraints"]),
            )
            for field in resource["schema"]["fields"]
        ),
    )
