"""`academy data`: list, describe, check, rebuild and refresh the datasets."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from academy.data.errors import DataError
from academy.data.package import Package, read_package, slugs
from academy.data.views import WIDTH, description_lines, hanging, list_lines
from academy.project import DATASETS

_datasets_option = click.option(
    "--datasets",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=DATASETS,
    help="The folder of the datasets. The project's own if not given.",
)


@click.group()
def data() -> None:
    """The datasets that lessons use: list, describe, check, rebuild, refresh."""


@data.command("list")
@_datasets_option
def list_datasets(datasets: Path) -> None:
    """Show every dataset by topic: name, rows, time and title."""
    try:
        click.echo("\n".join(list_lines([read_package(slug, datasets) for slug in slugs(datasets)])))
    except DataError as error:
        raise click.ClickException(str(error)) from None


@data.command()
@click.argument("slug")
@_datasets_option
def describe(slug: str, datasets: Path) -> None:
    """Show what a dataset holds, where it is from, and what every column means."""
    package = _or_exit(slug, datasets)
    try:
        click.echo("\n".join(description_lines(package)))
    except DataError as error:
        raise click.ClickException(str(error)) from None


@data.command()
@click.argument("slug", required=False)
@_datasets_option
def check(slug: str | None, datasets: Path) -> None:
    """Check one dataset, or all: description, checksums, tables, quality statement, recipe."""
    from academy.data.check import check as check_dataset
    from academy.data.check import check_all

    chosen = [slug] if slug else slugs(datasets)
    try:
        faults = check_dataset(slug, datasets) if slug else check_all(chosen, datasets)
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
@click.option("--new-edition", is_flag=True, help="Accept published files that differ from the recorded ones.")
@_datasets_option
def build(slug: str | None, sources: Path | None, new_edition: bool, datasets: Path) -> None:
    """Rebuild the tables of one dataset, or of all, from the published files."""
    from academy.data.build import build as build_dataset
    from academy.data.build import sources_folder

    for name in [slug] if slug else slugs(datasets):
        try:
            results = build_dataset(name, sources or sources_folder(), datasets, new_edition=new_edition)
        except DataError as error:
            raise click.ClickException(f"{error}\nNothing of {name} was written.") from None
        for result in results:
            click.echo(f"{name}/{result.file}: {result.rows:,} rows, {'changed' if result.changed else 'as before'}")


@data.command()
@click.argument("slug", required=False)
@click.option("--yes", is_flag=True, help="Replace without asking.")
@click.option(
    "--save",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the published files in this folder: `academy data build --sources` repeats the build from it.",
)
@click.option(
    "--sources",
    type=click.Path(path_type=Path),
    help="The folder of the published files that are not on the portal, as for `academy data build`.",
)
@click.option("--portal", metavar="ADDRESS", help="Another portal than data.ct.gov, as the setting ACADEMY_PORTAL.")
@_datasets_option
@click.pass_context
def refresh(
    context: click.Context,
    slug: str | None,
    yes: bool,
    save: Path | None,
    sources: Path | None,
    portal: str | None,
    datasets: Path,
) -> None:
    """Renew one dataset, or all, from the state's open data portal.

    It shows what would change, and replaces nothing before you say yes. With an application token in the setting
    ACADEMY_PORTAL_TOKEN the portal gives you more of its time.

    \b
    Exit status:
      0  nothing changed, or what changed was replaced
      1  something failed; the old tables stay
      3  something changed and was not confirmed; the old tables stay
    """
    from academy.data.build import sources_folder
    from academy.data.portal import Portal
    from academy.data.refresh import Renewal, by_hand_lines, prepare, replace, report_lines

    width = min(WIDTH, shutil.get_terminal_size().columns)
    service = Portal(portal)

    def renew(name: str) -> int:
        """Return the exit status of one dataset."""
        try:
            renewal = prepare(name, service, sources or sources_folder(), datasets, save=save, tell=_tell)
            if not renewal.changed:
                click.echo(f"{name}: nothing changed.")
                return 0
            click.echo("\n".join(["", *report_lines(renewal, width), ""]))
            if not (yes or confirmed(renewal)):
                click.echo(f"Nothing of {name} was replaced. To replace it: academy data refresh {name} --yes")
                return 3
            replace(renewal)
        except (DataError, OSError) as error:
            click.echo(f"Error: {error}\nNothing of {name} was replaced.", err=True)
            return 1
        click.echo(f"{name}: replaced.")
        return 0

    def confirmed(renewal: Renewal) -> bool:
        return sys.stdin.isatty() and click.confirm(f"Replace the tables of {renewal.package.slug}?")

    packages = [_or_exit(name, datasets) for name in ([slug] if slug else slugs(datasets))]
    on_portal = [package for package in packages if any(source.portal_id for source in package.sources)]
    statuses = {renew(package.slug) for package in on_portal}
    by_hand = [package for package in packages if package not in on_portal]
    if slug and by_hand:
        click.echo("\n".join(by_hand_lines(by_hand[0], width)))
    elif by_hand:
        names = ", ".join(package.slug for package in by_hand)
        click.echo("\n".join(hanging("Not on the portal: ", f"{names}. `academy data refresh NAME` tells how.")))
    context.exit(1 if 1 in statuses else max(statuses, default=0))


def _tell(text: str) -> None:
    click.echo(text, err=True)


def _or_exit(slug: str, datasets: Path) -> Package:
    try:
        return read_package(slug, datasets)
    except DataError as error:
        raise click.ClickException(str(error)) from None
