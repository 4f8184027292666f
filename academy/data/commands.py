"""`academy data`: list, describe, check and rebuild the datasets."""

from __future__ import annotations

import textwrap
from pathlib import Path

import click

from academy.data.errors import DataError
from academy.data.package import Column, Package, Table, read_package, slugs
from academy.project import DATASETS

WIDTH = 100

_datasets_option = click.option(
    "--datasets",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=DATASETS,
    help="The folder of the datasets. The project's own if not given.",
)


@click.group()
def data() -> None:
    """The datasets that lessons use: list, describe, check, rebuild."""


@data.command("list")
@_datasets_option
def list_datasets(datasets: Path) -> None:
    """Show the name and title of every dataset."""
    for slug in slugs(datasets):
        package = _or_exit(slug, datasets)
        made_up = "  (made up by the project)" if package.synthetic else ""
        click.echo(f"{slug:24} {package.title}{made_up}")


@data.command()
@click.argument("slug")
@_datasets_option
def describe(slug: str, datasets: Path) -> None:
    """Show what a dataset holds, where it is from, and what every column means."""
    click.echo("\n".join(_description(_or_exit(slug, datasets))))


@data.command()
@click.argument("slug", required=False)
@_datasets_option
def check(slug: str | None, datasets: Path) -> None:
    """Check one dataset, or all: description, checksums, tables, quality statement, recipe."""
    from academy.data.check import check as check_dataset

    chosen = [slug] if slug else slugs(datasets)
    try:
        faults = [fault for name in chosen for fault in check_dataset(name, datasets)]
    except DataError as error:
        raise click.ClickException(str(error)) from None
    for fault in faults:
        click.echo(str(fault))
    datasets_text = "1 dataset" if len(chosen) == 1 else f"{len(chosen)} datasets"
    if faults:
        raise click.ClickException(f"{datasets_text} checked, {len(faults)} to mend.")
    click.echo(f"{datasets_text} checked, nothing to mend.")


@data.command()
@click.argument("slug", required=False)
@click.option(
    "--sources",
    type=click.Path(path_type=Path),
    help="The folder of the published files. If not given: the setting ACADEMY_SOURCES, or else ../shared/sources.",
)
@_datasets_option
def build(slug: str | None, sources: Path | None, datasets: Path) -> None:
    """Rebuild the tables of one dataset, or of all, from the published files."""
    from academy.data.build import build as build_dataset
    from academy.data.build import sources_folder

    for name in [slug] if slug else slugs(datasets):
        try:
            results = build_dataset(name, sources or sources_folder(), datasets)
        except DataError as error:
            raise click.ClickException(f"{error}\nNothing of {name} was written.") from None
        for result in results:
            click.echo(f"{name}/{result.file}: {result.rows:,} rows, {'changed' if result.changed else 'as before'}")


def _or_exit(slug: str, datasets: Path) -> Package:
    try:
        return read_package(slug, datasets)
    except DataError as error:
        raise click.ClickException(str(error)) from None


def _description(package: Package) -> list[str]:
    """Return the lines of a description, wrapped for a terminal."""
    start, end = package.temporal_coverage
    facts = {
        "Agency": package.agency,
        "One row is": package.row_label,
        "Place": package.geographic_unit,
        "Time": start if start == end else f"{start} to {end}",
        "Updated": package.update_frequency,
        "Category": package.category,
        "Tags": ", ".join(package.tags),
        "Terms": package.terms,
        "Credit": package.attribution,
        "Questions": package.contact,
        "Made up": "yes, by the project" if package.synthetic else "no",
    }
    lines = [package.title, "=" * len(package.title), "", *textwrap.wrap(package.description, WIDTH), ""]
    for word, value in facts.items():
        lines += _hanging(f"{word:12}", value)
    lines += ["", "Sources"]
    for source in package.sources:
        portal = f", portal id {source.portal_id}" if source.portal_id else ""
        published = f"{source.agency}: {source.title} ({source.vintage}{portal})."
        lines += _hanging("  - ", f"{published} Read {source.retrieved}. {source.landing_page}")
    for table in package.tables:
        lines += ["", *_table_lines(table)]
    return [*lines, "", "How to cite", *_hanging("  ", package.citation)]


def _table_lines(table: Table) -> list[str]:
    lines = [f"{table.path.name}: {table.title}", *_hanging("  ", table.description)]
    for column in table.columns:
        lines += _hanging(f"    {column.name:32}", _column_text(column))
    return lines


def _column_text(column: Column) -> str:
    unit = "" if column.unit == "none" else f" Unit: {column.unit}."
    empty = "" if column.missing == "Never empty" else f" Empty: {column.missing[0].lower()}{column.missing[1:]}."
    return f"{column.description}{unit}{empty}"


def _hanging(first: str, text: str) -> list[str]:
    """Wrap a text behind its first word. Web addresses stay whole, so that they can be clicked and copied."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_on_hyphens=False,
        break_long_words=False,
    )
