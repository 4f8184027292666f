"""What can go wrong with a dataset, said so that the person who meets it knows what to do.

DataError
├── DatasetMissing        no folder of this name
├── PackageBroken         datapackage.json cannot be read, or names a table that is not there
├── RecipeBroken          recipe.py cannot be loaded, or wrote other tables than the package names
├── TablesRefused         the recipe's tables do not fit their package
├── PortalError           what the state's open data portal answers
│   ├── PortalUnreachable     nothing, or only its own failures
│   ├── PortalBusy            to wait, again and again
│   ├── PortalRefused         that it does not give this dataset
│   ├── PortalAnswerWrong     something else than the export or its description
│   ├── PortalIncomplete      fewer rows than it counts, or a page twice
│   └── PortalColumnsChanged  an export without a column that its description or the recipe names
└── SourceError           the file that a recipe reads
    ├── SourceMissing     it is not there
    ├── SourceUnreadable  it is not text in the encoding of its publisher, not CSV, not a workbook
    ├── SourceChanged     it is not the recorded edition, to the byte
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
        # All three, so that an error comes whole from another process.
        super().__init__(place, problem, advice)
        self.place, self.problem, self.advice = place, problem, advice

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}\n    {self.advice}"


class DatasetMissing(DataError):
    """There is no dataset of this name."""


class PackageBroken(DataError):
    """A dataset's datapackage.json cannot be used."""


class RecipeBroken(DataError):
    """A dataset's recipe.py cannot be used."""


class TablesRefused(DataError):
    """A recipe ran, but its tables do not fit their package."""


class PortalError(DataError):
    """The portal did not give a whole export that the recipe can read."""


class PortalUnreachable(PortalError):
    """The portal did not answer, or only with failures of its own, each time it was asked."""


class PortalBusy(PortalError):
    """The portal asked to wait each time it was asked."""


class PortalRefused(PortalError):
    """The portal does not give this dataset: it is not there, or not for everybody."""


class PortalAnswerWrong(PortalError):
    """The portal answered with something else than what was asked for, such as a web page."""


class PortalIncomplete(PortalError):
    """The export has not the rows that the portal counts, or has some of them twice."""


class PortalColumnsChanged(PortalError):
    """The portal renamed or dropped a column."""


class SourceError(DataError):
    """The file that a recipe reads is not what the recipe expects."""


class SourceMissing(SourceError):
    """The source file is not in the sources folder."""


class SourceUnreadable(SourceError):
    """The source file is not UTF-8 text, or not CSV."""


class SourceChanged(SourceError):
    """The source file is not the edition that the description records."""


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
