"""What can go wrong with a dataset, said so that the person who meets it knows what to do.

DataError
├── DatasetMissing        no folder of this name
├── PackageBroken         datapackage.json cannot be read, or names a table that is not there
├── RecipeBroken          recipe.py cannot be loaded, or wrote other tables than the package names
├── TablesRefused         the recipe's tables do not fit their package
└── SourceError           the file that a recipe reads
    ├── SourceMissing     it is not there
    ├── SourceUnreadable  it is not UTF-8 text, or not CSV
    ├── ColumnMissing     a column that the recipe needs is not in it
    ├── RowDamaged        a row is cut short or too long
    ├── RowMissing        a town, item or heading is not in it, or is in it twice
    ├── ValueWrong        a value is not what its column promises
    └── FigureWrong       a total differs from the published one
"""

from __future__ import annotations


class DataError(Exception):
    """Something is wrong with a dataset: where, what, and what to do next."""

    def __init__(self, place: str, problem: str, advice: str) -> None:
        self.place, self.problem, self.advice = place, problem, advice
        super().__init__(f"{place}: {problem}\n    {advice}")


class DatasetMissing(DataError):
    """There is no dataset of this name."""


class PackageBroken(DataError):
    """A dataset's datapackage.json cannot be used."""


class RecipeBroken(DataError):
    """A dataset's recipe.py cannot be used."""


class TablesRefused(DataError):
    """A recipe ran, but its tables do not fit their package."""


class SourceError(DataError):
    """The file that a recipe reads is not what the recipe expects."""


class SourceMissing(SourceError):
    """The source file is not in the sources folder."""


class SourceUnreadable(SourceError):
    """The source file is not UTF-8 text, or not CSV."""


class ColumnMissing(SourceError):
    """A column that the recipe reads is not in the source file."""


class RowDamaged(SourceError):
    """A row of the source file has fewer or more values than its header."""


class RowMissing(SourceError):
    """Something that the source file must hold once is missing, or is there twice."""


class ValueWrong(SourceError):
    """A value of the source file is not what its column promises."""


class FigureWrong(SourceError):
    """A figure differs from the one that its publisher prints."""
