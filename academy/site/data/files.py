"""What is served beside the data pages, at /data/<slug>/: the tables, their description, and the picture."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from academy.data.errors import PackageBroken
from academy.data.package import DESCRIPTOR, Package, Table, read_descriptor, read_package, slugs
from academy.site.data.drawing import digest, draw
from academy.site.data.picture import numbers_of
from academy.site.writing import write_if_changed

PICTURE = "picture.svg"


def publish_data(datasets: Path, site: Path) -> list[str]:
    """Lay every dataset's files into `site`/data. Return the datasets whose picture had to be drawn.

    A table is served byte for byte, and only if it has the checksum that its page tells. Answers kept apart are not
    served. Raises PictureWrong, PackageBroken.
    """
    packages = [read_package(slug, datasets) for slug in slugs(datasets)]
    folder = site / "data"
    _remove_others((path for path in folder.glob("*") if path.is_dir()), {package.slug for package in packages})
    drawn = []
    for package in packages:
        own = folder / package.slug
        own.mkdir(parents=True, exist_ok=True)
        contents = {table.path.name: _checked(table) for table in package.tables if not table.kept_apart}
        contents[DESCRIPTOR] = _description(package)
        _remove_others(own.iterdir(), {*contents, PICTURE})
        for name, content in contents.items():
            write_if_changed(own / name, content)
        if _draw_if_changed(package, datasets, own / PICTURE):
            drawn.append(package.slug)
    return drawn


def _checked(table: Table) -> bytes:
    """The bytes of a table, if they are the ones that its description names."""
    slug = table.path.parent.name
    content = table.path.read_bytes() if table.path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != table.sha256:
        raise PackageBroken(
            f"{slug}/{table.path.name}",
            "the table is not the one that its description names: the checksum differs.",
            f"Run `academy data build {slug}`, then `academy data check {slug}`.",
        )
    return content


def _description(package: Package) -> bytes:
    """The dataset's description for programs: as it is, but without tables that are kept apart."""
    hidden = {table.name for table in package.tables if table.kept_apart}
    if not hidden:
        return (package.folder / DESCRIPTOR).read_bytes()
    descriptor = read_descriptor(package.folder)
    descriptor["resources"] = [resource for resource in descriptor["resources"] if resource["name"] not in hidden]
    return (json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _draw_if_changed(package: Package, datasets: Path, path: Path) -> bool:
    """Draw the picture unless it is there and shows these numbers; its last line says which it was drawn from."""
    numbers = numbers_of(package, datasets)
    mark = f"<!-- Drawn from {digest(numbers, datasets)} -->\n".encode()
    if path.is_file() and path.read_bytes().endswith(mark):
        return False
    path.write_bytes(draw(numbers, datasets) + mark)
    return True


def _remove_others(paths: Iterable[Path], names: set[str]) -> None:
    for path in list(paths):
        if path.name not in names:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
