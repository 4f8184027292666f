"""The datasets: `academy data`, and what other rooms ask of them.

package.py   a dataset as a value, read from its datapackage.json
rows.py      the rows of a table as text
words.py     what a package says, as people write it
check.py     every promise of a package, tried
shapes.py    the same for GeoJSON
recipe.py    what the recipes of all datasets share
build.py     a table made again from its sources
portal.py    the current export of a dataset, from the state's open data portal
refresh.py   a dataset renewed from the portal
report.py    what a refresh would change, for a person to decide on
replace.py   several files replaced together
views.py     what list and describe print
commands.py  list, describe, check, build, refresh
"""

from academy.data.errors import DataError, DatasetMissing
from academy.data.package import Package, read_package, slugs, tables

__all__ = ["DataError", "DatasetMissing", "Package", "read_package", "slugs", "tables"]
