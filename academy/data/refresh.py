"""Renew a dataset from the state's open data portal: download, build aside, tell what changed, and only then replace.

`prepare` touches nothing of the dataset, `report_lines` says what a person decides on, and `replace` puts the new files
in place together.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from academy.data.build import build
from academy.data.errors import ColumnMissing, DataError, PackageBroken, PortalColumnsChanged, SourceMissing
from academy.data.package import DESCRIPTOR, Package, package_folder, read_descriptor, read_package, slugs
from academy.data.portal import Export, Portal
from academy.data.recipe import replace_file
from academy.data.replace import put_right, replace_together
from academy.data.report import TableChange, change_lines, compare, entry
from academy.project import DATASETS


@dataclass(frozen=True)
class Renewal:
    """A dataset built from the portal's current exports, not yet in its place.

    `coverage_end` is the new end of the temporal coverage, or None where no column of the tables tells it. `sharing`
    names the other datasets that are made of the same exports.
    """

    package: Package
    exports: list[Export]
    changes: list[TableChange]
    coverage_end: str | None
    sharing: list[str]
    contents: dict[str, bytes]

    @property
    def changed(self) -> bool:
        return any((self.package.folder / name).read_bytes() != content for name, content in self.contents.items())

    @property
    def tables_changed(self) -> bool:
        return not all(change.same_file for change in self.changes)


def prepare(
    slug: str,
    portal: Portal,
    sources: Path,
    datasets: Path = DATASETS,
    *,
    save: Path | None = None,
    tell: Callable[[str], object] = lambda text: None,
) -> Renewal:
    """Download what the portal has of a dataset's sources, and build the dataset from it in a folder aside.

    Sources that are not on the portal are read from `sources`. `save` keeps all of them, laid out in the same way.
    Raises PortalError, SourceError, TablesRefused and what else a build raises; the dataset is untouched in any case.
    """
    put_right(package_folder(slug, datasets))
    package = read_package(slug, datasets)
    for table in package.tables:
        if not table.path.is_file():
            raise PackageBroken(
                f"{slug}/{table.path.name}", "the table is not there.", f"Run `academy data build {slug}` first."
            )
    with tempfile.TemporaryDirectory() as temporary:
        aside = Path(temporary)
        exports = _gather(package, portal, sources, aside / "sources", tell)
        if save is not None:
            _keep(package, aside / "sources", save)
        folder = aside / "datasets" / slug
        shutil.copytree(package.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
        _change_descriptor(folder, lambda descriptor: _record_exports(descriptor, exports, portal))
        try:
            build(slug, aside / "sources", folder.parent)
        except ColumnMissing as error:
            raise _renamed_column(error, slug, exports, portal) from None
        resources = read_descriptor(folder)["resources"]
        changes = [compare(package.folder / table["path"], folder / table["path"], table) for table in resources]
        end = _coverage_end(package.temporal_coverage[1], changes)
        if end is not None:
            _change_descriptor(folder, lambda descriptor: descriptor["academy"]["temporal_coverage"].update(end=end))
        names = [*(table["path"] for table in resources), DESCRIPTOR]
        contents = {name: (folder / name).read_bytes() for name in names}
    return Renewal(package, list(exports.values()), changes, end, _sharing(package, datasets), contents)


def report_lines(renewal: Renewal, width: int) -> Iterator[str]:
    """Yield what a person reads before saying yes."""
    package = renewal.package
    yield f"{package.slug}: {package.title}"
    for export in renewal.exports:
        text = f"{export.title} ({export.portal_id}): {export.rows:,} rows, renewed on {export.updated}"
        yield from entry("Portal", text, width)
    for change in renewal.changes:
        yield ""
        yield from change_lines(change, width)
    yield ""
    yield DESCRIPTOR
    recorded = {source.sha256 for source in package.sources}
    new = any(_checksum(export.content) not in recorded for export in renewal.exports)
    text = "vintage, retrieved, copy, bytes and hash are renewed" if new else "as before; the recipe has changed"
    yield from entry("Sources", text, width)
    before = package.temporal_coverage[1]
    if renewal.coverage_end not in {None, before}:
        text = f"ends {renewal.coverage_end}, with the tables (before: {before})"
        yield from entry("Coverage", text, width)
    if renewal.sharing:
        yield ""
        yield "Refresh too, for they are made of the same export"
        yield from entry("", ", ".join(renewal.sharing), width)
    if not renewal.tables_changed:
        return
    yield ""
    yield "Look over by hand"
    own = "title, description and picture" + (", temporal coverage" if renewal.coverage_end is None else "")
    yield from entry("Description", f"{own}, in {DESCRIPTOR}", width)
    yield from entry("Quality", "what quality.md says, with its figures", width)
    yield from entry("Tests", f"the figures that tests/datasets/ expects of {package.slug}", width)
    yield from entry("Lessons", "those that use it: `make test` grades their answers on the new figures", width)


def by_hand_lines(package: Package, width: int) -> Iterator[str]:
    """Yield how a dataset is renewed that the portal does not have."""
    yield f"{package.slug}: none of its files is on the portal."
    if not package.sources:
        yield from entry("Made up", "by its recipe. Change the recipe, then build it again.", width)
    for source in package.sources:
        yield from entry("Get", f"{source.title} from {source.landing_page}", width)
        yield from entry("Put it at", f"{source.file}, in your folder of sources", width)
    if package.sources:
        yield from entry("Then", f"renew vintage, retrieved and copy in {package.slug}/{DESCRIPTOR}, and run", width)
        yield from entry("", f"academy data build {package.slug} --new-edition", width)


def replace(renewal: Renewal) -> None:
    """Put the new tables and their description in place, all or none."""
    replace_together(renewal.package.folder, renewal.contents)


def _gather(
    package: Package, portal: Portal, sources: Path, folder: Path, tell: Callable[[str], object]
) -> dict[str, Export]:
    """Lay out a folder of sources: what is on the portal fresh from there, links to the others. Return the exports."""
    for source in package.sources:
        if not source.portal_id and not (sources / source.file).is_file():
            raise SourceMissing(
                source.file,
                f"it is not on the portal, and not in {sources}.",
                "Put it there, or name the right folder with --sources or the setting ACADEMY_SOURCES.",
            )
    exports = {}
    for source in package.sources:
        place = folder / source.file
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.portal_id:
            tell(f"Downloading {source.title} ({source.portal_id}) …")
            export = portal.export(source.portal_id)
            exports[source.file] = export.with_field_names() if source.field_names else export
            place.write_bytes(exports[source.file].content)
        else:
            place.symlink_to((sources / source.file).resolve())
    return exports


def _sharing(package: Package, datasets: Path) -> list[str]:
    """Return the other datasets that are made of an export which this one is made of."""
    ids = {source.portal_id for source in package.sources if source.portal_id}
    others = [slug for slug in slugs(datasets) if slug != package.slug and (datasets / slug / DESCRIPTOR).is_file()]
    return [slug for slug in others if ids & {source.portal_id for source in read_package(slug, datasets).sources}]


def _keep(package: Package, sources: Path, folder: Path) -> None:
    for source in package.sources:
        (folder / source.file).parent.mkdir(parents=True, exist_ok=True)
        replace_file(folder / source.file, (sources / source.file).read_bytes())


def _change_descriptor(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    descriptor = read_descriptor(folder)
    change(descriptor)
    text = json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n"
    replace_file(folder / DESCRIPTOR, text.encode("utf-8"))


def _record_exports(descriptor: dict[str, Any], exports: Mapping[str, Export], portal: Portal) -> None:
    """Record which edition of its sources a dataset is built from. One that is the same to the byte stays as it is."""
    for source in descriptor["sources"]:
        export = exports.get(source["file"])
        checksum = f"sha256:{_checksum(export.content)}" if export else source["hash"]
        if export and checksum != source["hash"]:
            source |= {
                "copy": f"{portal.host}, /resource/{export.portal_id}.csv, {export.rows:,} rows",
                "vintage": f"Rows renewed on {export.updated}",
                "retrieved": str(date.today()),
                "bytes": len(export.content),
                "hash": checksum,
            }


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _renamed_column(error: ColumnMissing, slug: str, exports: Mapping[str, Export], portal: Portal) -> DataError:
    """Return what to do where the column that the recipe misses is one of the portal's."""
    for file, export in exports.items():
        if error.place.startswith(file):
            names = export.content.partition(b"\n")[0].decode("utf-8")
            return PortalColumnsChanged(
                f"{portal.host}, dataset {export.portal_id}",
                f"the recipe reads a column that the export has not: {error.problem}",
                f"The export has: {names}. Was the column renamed? Look at {portal.address}/d/{export.portal_id}, and "
                f"change its name in {slug}/recipe.py.",
            )
    return error


def _coverage_end(end: str, changes: list[TableChange]) -> str | None:
    """Return where the temporal coverage ends now, if a date or year column told its old end, to the day or month."""
    spans = [span for change in changes for span in change.spans if span.before and span.after]
    told = [
        span.after[1][: len(end)] for span in spans if span.after and span.before and span.before[1][: len(end)] == end
    ]
    return max(told, default=None)
