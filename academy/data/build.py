"""Rebuild a dataset from its sources: run the recipe aside, check what it wrote, and only then replace the tables."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from academy.data.check import RECIPE, Fault, description_faults, shape_faults
from academy.data.errors import PackageBroken, RecipeBroken, SourceChanged, SourceError, TablesRefused
from academy.data.package import DESCRIPTOR, package_folder, read_descriptor
from academy.data.recipe import replace_file
from academy.project import DATASETS, ROOT

SETTING = "ACADEMY_SOURCES"


@dataclass(frozen=True)
class Built:
    """What a build did to one table."""

    file: str
    rows: int
    changed: bool


def sources_folder() -> Path:
    """Return where the sources are: the setting ACADEMY_SOURCES, or else ../shared/sources beside the repository."""
    setting = os.environ.get(SETTING)
    return Path(setting) if setting else ROOT.parent / "shared" / "sources"


def load_recipe(folder: Path) -> Callable[[Path, Path], None]:
    """Return build(sources, destination) of a dataset's recipe. Raises RecipeBroken."""
    path = folder / RECIPE
    place = f"{folder.name}/{RECIPE}"
    if not path.is_file():
        raise RecipeBroken(place, "the recipe is not there.", "Write one; datasets/towns/recipe.py is an example.")
    specification = importlib.util.spec_from_file_location(f"recipe_of_{folder.name.replace('-', '_')}", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    # A recipe's dataclasses look their module up by its name.
    sys.modules[specification.name] = module
    try:
        specification.loader.exec_module(module)
        build_tables: Callable[[Path, Path], None] = module.build
    except (SyntaxError, ImportError, AttributeError) as error:
        raise RecipeBroken(place, f"it cannot be loaded: {error}.", "Mend it, then build again.") from error
    return build_tables


def build(slug: str, sources: Path, datasets: Path = DATASETS, *, new_edition: bool = False) -> list[Built]:
    """Rebuild a dataset's tables and renew their checksums. Nothing is written if anything fails.

    The sources must be the recorded ones, to the byte, unless they are a new edition: then they are recorded anew.
    Raises DatasetMissing, PackageBroken, RecipeBroken, SourceError, TablesRefused.
    """
    folder = package_folder(slug, datasets)
    descriptor = read_descriptor(folder)
    faults = list(description_faults(folder, descriptor))
    if faults:
        raise PackageBroken(
            f"{slug}/{DESCRIPTOR}",
            f"the description is not complete.{_lines(faults)}",
            "Mend the description, then build again.",
        )
    recipe = load_recipe(folder)
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary)
        # First the recipe, which names the row and column of what it does not understand.
        try:
            recipe(sources, fresh)
        except SourceError as refusal:
            if new_edition:
                raise
            raise _with_changed_sources(refusal, sources, descriptor["sources"]) from None
        for source in descriptor["sources"]:
            content = (sources / source["file"]).read_bytes()
            if not new_edition:
                _require_recorded_source(source, content)
            source["bytes"], source["hash"] = len(content), _checksum(content)
        _require_promised_files(folder, fresh, descriptor["resources"])
        faults = [fault for resource in descriptor["resources"] for fault in shape_faults(fresh, slug, resource)]
        if faults:
            raise TablesRefused(
                f"datasets/{slug}",
                f"the new tables do not fit their description.{_lines(faults)}",
                "Mend the recipe or the description. The old tables are untouched.",
            )
        contents = {resource["path"]: (fresh / resource["path"]).read_bytes() for resource in descriptor["resources"]}

    results = [_replace(folder / file, content) for file, content in contents.items()]
    for resource in descriptor["resources"]:
        content = contents[resource["path"]]
        resource["bytes"] = len(content)
        resource["hash"] = _checksum(content)
    replace_file(folder / DESCRIPTOR, (json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n").encode("utf-8"))
    return results


def _with_changed_sources(refusal: SourceError, sources: Path, recorded: list[dict[str, Any]]) -> SourceError:
    """Return what the recipe says, and which of its sources are not the recorded ones: that is often the reason."""
    changes = []
    for source in recorded:
        try:
            _require_recorded_source(source, (sources / source["file"]).read_bytes())
        except FileNotFoundError:
            continue
        except SourceChanged as change:
            changes.append(f"\n    {change.place}: {change.problem}")
    return type(refusal)(refusal.place, refusal.problem + "".join(changes), refusal.advice)


def _require_recorded_source(source: dict[str, Any], content: bytes) -> None:
    """Raise SourceChanged where a source is not the one that the tables were built from."""
    if _checksum(content) == source["hash"]:
        return
    extra = len(content) - source["bytes"]
    kept = content[: source["bytes"]]
    row = kept.count(b"\n") + (not kept.endswith(b"\n"))
    if extra < 0:
        problem = f"the file ends after row {row}, {-extra:,} bytes before the end of the recorded edition."
    elif extra > 0 and _checksum(kept) == source["hash"]:
        problem = f"the file goes on after row {row}, where the recorded edition ended, for {extra:,} bytes."
    else:
        problem = f"the file differs from the recorded edition of {source['retrieved']}."
    raise SourceChanged(
        f"{source['file']}, row {row}, every column",
        problem,
        f"Is it damaged? Get it again. Is it a new edition? Renew vintage, retrieved and copy in {DESCRIPTOR}, "
        "then build with --new-edition.",
    )


def _checksum(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _require_promised_files(folder: Path, fresh: Path, resources: list[dict[str, str]]) -> None:
    promised = {resource["path"] for resource in resources}
    written = {path.name for path in fresh.iterdir()}
    if promised != written:
        raise RecipeBroken(
            f"{folder.name}/{RECIPE}",
            f"it wrote {', '.join(sorted(written)) or 'nothing'}; the description names {', '.join(sorted(promised))}.",
            f"Make recipe and {DESCRIPTOR} name the same tables.",
        )


def _lines(faults: list[Fault]) -> str:
    return "".join(f"\n    {fault}" for fault in faults)


def _replace(path: Path, content: bytes) -> Built:
    changed = not path.is_file() or path.read_bytes() != content
    if changed:
        replace_file(path, content)
    # GeoJSON has one shape a line between two lines of its own.
    rows = content.count(b"\n") - (2 if path.suffix == ".geojson" else 1)
    return Built(path.name, rows, changed)
