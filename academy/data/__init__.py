"""The datasets: `academy data`, and what other rooms ask of them.

package.py   a dataset as a value, read from its datapackage.json
check.py     every promise of a package, tried
recipe.py    what the recipes of all datasets share
build.py     a table made again from its sources
commands.py  list, describe, check, build
"""

from academy.data.errors import DataError, DatasetMissing
from academy.data.package import Package, read_package, slugs, tables

__all__ = ["DataError", "DatasetMissing", "Package", "read_package", "slugs", "tables"]
