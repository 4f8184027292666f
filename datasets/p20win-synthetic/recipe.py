"""Make up three agencies' files about the same people, who do not exist, and the truth about who is who.

The files have the slips that real linkage meets. The recipe reads no data about people: only the populations of towns,
from this project's own datasets/towns, and ZIP codes. The calendar is made up: people finish school in the year 2150.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from academy.data.made_up import Dice, read_zips_and_people
from academy.data.recipe import TableRow, require_figure, write_tables

SEED = 20_150_902
GRADUATES, TWIN_PAIRS = 1200, 14
# People whom the school file does not know: in the college file only, in both others, in the wage file only.
COLLEGE_ONLY, COLLEGE_AND_WORK, WORK_ONLY = 90, 50, 130
FIRST_BIRTHDAY, BIRTHDAYS = date(2131, 9, 1), 730

GIVEN_NAMES = """
Alder Amaranth Barley Basalt Bracken Bramble Bunting Burdock Calendula Campion Caraway Cedar Chicory Cirrus
Clover Cobalt Comfrey Coriander Cornflower Cowslip Cricket Cumulus Dogwood Drizzle Dunlin Elderberry Feldspar
Fennel Fescue Flint Foxglove Gannet Garnet Gentian Goldenrod Goldcrest Granite Gypsum Hellebore Hawthorn
Hawkweed Hazelnut Heron Hornbeam Hyssop Juniper Kelp Larkspur Larch Lichen Linden Lovage Lupine Mallow Marigold
Marble Meadowsweet Mistral Monsoon Mulberry Nettle Nimbus Nuthatch Oakmoss Obsidian Onyx Pebble Pipit Plover
Pumice Quince Rushlight Sandstone Sassafras Sedge Sequoia Siskin Slate Sleet Snowdrop Sorrel Speedwell Squall
Starling Stratus Sumac Sunbeam Sunflower Tamarack Tansy Teasel Thistle Thyme Topaz Tourmaline Tulip Umber
Verbena Willowherb Yarrow Zephyr Zinnia
""".split()
FAMILY_NAMES = """
Anvil Auger Avocet Awl Backsaw Barometer Bellows Bittern Blizzard Bobolink Bradawl Breccia Brimstone Bucksaw
Caliper Cassowary Chert Chisel Clamp Cloudbank Coldfront Cormorant Crosscut Crowbar Curlew Dewpoint Dowel
Downpour Dragonfly Drillbit Eggtimer Fiddlehead Flagstone Flycatcher Fogbank Fulmar Gimlet Gneiss Godwit Grackle
Gravel Grebe Hacksaw Hailstone Halyard Handsaw Harrier Hatchet Heatwave Hornfels Ibis Icicle Jackdaw Jigsaw
Kestrel Kingfisher Lapwing Lathe Lightning Limpet Loam Lodestone Mallet Mattock Merganser Moonbeam Moraine
Nightjar Oilstone Osprey Oystercatcher Pantile Petrel Pickaxe Pintail Pitchfork Plumbline Quartzite Rainbow
Raincloud Rainspout Ratchet Redstart Rivet Sandbar Sandpiper Sandstorm Schist Screwdriver Shearwater Skua
Snowdrift Snowflake Spanner Spirelevel Sunspot Tailwind Tanager Thunderhead Toolbox Travertine Trowel Tuff
Turnstone Vise Wagtail Waterspout Waxwing Wheatear Whetstone Whirlwind Woodrasp Wrench
""".split()
# Old names of villages that people still write for their town.
VILLAGES = {
    "Bristol": "Forestville",
    "East Haddam": "Moodus",
    "Essex": "Ivoryton",
    "Griswold": "Jewett City",
    "Haddam": "Higganum",
    "Hamden": "Highwood",
    "Killingly": "Danielson",
    "Ledyard": "Gales Ferry",
    "Salisbury": "Lakeville",
    "Shelton": "Huntington",
    "Stonington": "Pawcatuck",
    "Vernon": "Rockville",
    "Windham": "Willimantic",
}
SCHOOLS = tuple(f"School {number:02}" for number in range(1, 13))
COLLEGES = {
    f"College {letter}": weight for letter, weight in zip("ABCDEFGH", (30, 20, 15, 12, 9, 7, 4, 3), strict=True)
}
TERMS = {"Fall 2150": 86, "Spring 2151": 14}
INDUSTRIES = {
    "Retail trade": 26,
    "Accommodation and food services": 24,
    "Health care and social assistance": 17,
    "Manufacturing": 9,
    "Administrative and support services": 8,
    "Transportation and warehousing": 7,
    "Construction": 5,
    "Arts, entertainment and recreation": 4,
}

# Shares of people. Those who study work in the state less often.
SHARE_ENROLLED, SHARE_WORKING_STUDENT, SHARE_WORKING_OTHER = 0.55, 0.54, 0.68
SHARE_NAME_CHANGED, SHARE_CHANGED_BY_COLLEGE, SHARE_HYPHENATED = 0.08, 0.45, 0.5
# Shares of records with a slip.
SHARE_NICKNAME, SHARE_NAME_SLIP, SHARE_DAY_SLIP, SHARE_VILLAGE = 0.07, 0.03, 0.04, 0.5
SHARE_MOVED_BY_COLLEGE, SHARE_MOVED_BY_WORK = 0.1, 0.22
SHARE_SCHOOL_SLIP, SHARE_NO_MIDDLE, SHARE_INITIAL_ONLY = 0.01, 0.15, 0.5
WAGE_NAME_LENGTH = 12

# Of each comparison, with the college file and with the wage file, so many pairs were reviewed.
PAIRS_SAME, PAIRS_DIFFERENT = 90, 60


@dataclass(frozen=True)
class Person:
    """A made-up person, as nobody ever writes them down without a slip."""

    first: str
    middle: str
    last: str
    last_later: str
    changed_by_college: bool
    born: date
    town: str
    school: str
    enrolled: bool
    working: bool
    graduate: bool = True


@dataclass(frozen=True)
class Places:
    """Towns to draw from, by their population, and the ZIP codes of each."""

    people: dict[str, int]
    zips: dict[str, list[str]]


def build(sources: Path, destination: Path) -> None:
    """Write the three files, the reviewed pairs and the truth. Raises SourceError before anything is written."""
    dice, places = Dice(SEED), read(sources)
    people = _people(dice, places)
    tables = prepare(dice, people, places)
    validate(people, tables)
    write(tables, destination)


def read(sources: Path) -> Places:
    """Return the population and the ZIP codes of each town that has a ZIP code of its own."""
    zips, people = read_zips_and_people(sources)
    return Places(people, zips)


def prepare(dice: Dice, people: list[Person], places: Places) -> dict[str, list[TableRow]]:
    """Return the files by name. Each is shuffled by itself, so that neither order nor number tells who is who."""
    numbers = {place: f"P{number:04}" for number, place in enumerate(dice.shuffled(range(len(people))), start=1)}
    truth: list[TableRow] = []
    files: list[list[TableRow]] = []
    for letter, column, make, chosen in (
        ("S", "school_record_id", _school_record, [person.graduate for person in people]),
        ("C", "college_record_id", _college_record, [person.enrolled for person in people]),
        ("W", "wage_record_id", _wage_record, [person.working for person in people]),
    ):
        order = dice.shuffled([place for place, there in enumerate(chosen) if there])
        rows = [
            {column: f"{letter}{number:04}"} | make(dice, people[place], places)
            for number, place in enumerate(order, 1)
        ]
        truth += [
            {"record_id": row[column], "person_id": numbers[place]} for row, place in zip(rows, order, strict=True)
        ]
        files.append(rows)
    graduates, enrollments, wages = files
    return {
        "p20win-synthetic-graduates.csv": graduates,
        "p20win-synthetic-enrollments.csv": enrollments,
        "p20win-synthetic-wages.csv": wages,
        "p20win-synthetic-labelled-pairs.csv": _pairs(dice, graduates, enrollments, wages, truth),
        "p20win-synthetic-truth.csv": truth,
    }


def validate(people: list[Person], tables: Mapping[str, Sequence[TableRow]]) -> None:
    """See that every record of the three files has one truth, and that the files have the people they should."""
    graduates, enrollments, wages, pairs, truth = tables.values()
    require_figure("graduates", "the number of records", len(graduates), GRADUATES)
    require_figure("enrollments", "the number of records", len(enrollments), sum(person.enrolled for person in people))
    require_figure("wages", "the number of records", len(wages), sum(person.working for person in people))
    require_figure("truth", "the number of records", len(truth), len(graduates) + len(enrollments) + len(wages))
    require_figure("labelled pairs", "the number of pairs", len(pairs), 2 * (PAIRS_SAME + PAIRS_DIFFERENT))


def write(tables: Mapping[str, Sequence[TableRow]], destination: Path) -> None:
    write_tables(destination, tables)


def _people(dice: Dice, places: Places) -> list[Person]:
    """Return the people: first the graduates, some of them twins, then those whom the school file does not know."""
    graduates = [_person(dice, places) for _ in range(GRADUATES - TWIN_PAIRS)]
    graduates += [_twin(dice, person) for person in graduates[:TWIN_PAIRS]]
    others = [
        replace(_person(dice, places), graduate=False, enrolled=enrolled, working=working)
        for count, enrolled, working in (
            (COLLEGE_ONLY, True, False),
            (COLLEGE_AND_WORK, True, True),
            (WORK_ONLY, False, True),
        )
        for _ in range(count)
    ]
    return dice.shuffled(graduates + others)


def _person(dice: Dice, places: Places) -> Person:
    last = _common(dice, FAMILY_NAMES)
    later = last
    if dice.happens(SHARE_NAME_CHANGED):
        other = _common(dice, [name for name in FAMILY_NAMES if name != last])
        later = f"{last}-{other}" if dice.happens(SHARE_HYPHENATED) else other
    enrolled = dice.happens(SHARE_ENROLLED)
    return Person(
        first=_common(dice, GIVEN_NAMES),
        middle=_common(dice, GIVEN_NAMES),
        last=last,
        last_later=later,
        changed_by_college=dice.happens(SHARE_CHANGED_BY_COLLEGE),
        born=FIRST_BIRTHDAY + timedelta(days=dice.whole(0, BIRTHDAYS - 1)),
        town=dice.weighted(places.people),
        school=dice.one(SCHOOLS),
        enrolled=enrolled,
        working=dice.happens(SHARE_WORKING_STUDENT if enrolled else SHARE_WORKING_OTHER),
    )


def _twin(dice: Dice, person: Person) -> Person:
    """Return a twin, who often has a first name with the same first letter."""
    alike = [name for name in GIVEN_NAMES if name[0] == person.first[0] and name != person.first]
    return replace(
        person,
        first=dice.one(alike or [name for name in GIVEN_NAMES if name != person.first]),
        middle=_common(dice, GIVEN_NAMES),
        last_later=person.last,
        enrolled=dice.happens(SHARE_ENROLLED),
        working=dice.happens(SHARE_WORKING_OTHER),
    )


def _common(dice: Dice, names: Sequence[str]) -> str:
    """Return a name. Those near the front of a fixed, mixed order are more common, as in life."""
    return dice.weighted({name: 1000 // (place * 37 % len(names) + 10) for place, name in enumerate(names)})


def _school_record(dice: Dice, person: Person, places: Places) -> dict[str, str]:
    return {
        "first_name": _slip(dice, person.first) if dice.happens(SHARE_SCHOOL_SLIP) else person.first,
        "middle_name": "" if dice.happens(SHARE_NO_MIDDLE) else person.middle,
        "last_name": _slip(dice, person.last) if dice.happens(SHARE_SCHOOL_SLIP) else person.last,
        "birth_date": _day(dice, person.born, SHARE_SCHOOL_SLIP),
        "town": person.town,
        "school": person.school,
    }


def _college_record(dice: Dice, person: Person, places: Places) -> dict[str, str]:
    town = dice.weighted(places.people) if dice.happens(SHARE_MOVED_BY_COLLEGE) else person.town
    initial = dice.happens(SHARE_INITIAL_ONLY)
    return {
        "first_name": _first_name(dice, person.first),
        "middle_name": "" if dice.happens(SHARE_NO_MIDDLE) else person.middle[:1] if initial else person.middle,
        "last_name": _last_name(dice, person.last_later if person.changed_by_college else person.last),
        "birth_date": _day(dice, person.born, SHARE_DAY_SLIP),
        "town": VILLAGES[town] if town in VILLAGES and dice.happens(SHARE_VILLAGE) else town,
        "college": dice.weighted(COLLEGES),
        "first_term": dice.weighted(TERMS),
    }


def _wage_record(dice: Dice, person: Person, places: Places) -> dict[str, str]:
    town = dice.weighted(places.people) if dice.happens(SHARE_MOVED_BY_WORK) else person.town
    student = 0.55 if person.enrolled else 1.0
    return {
        "first_name": _first_name(dice, person.first).upper()[:WAGE_NAME_LENGTH],
        "middle_initial": "" if dice.happens(SHARE_NO_MIDDLE) else person.middle[:1],
        "last_name": _last_name(dice, person.last_later).upper()[:WAGE_NAME_LENGTH],
        "birth_date": _day(dice, person.born, SHARE_DAY_SLIP),
        "zip": dice.one(places.zips[town]),
        "industry": dice.weighted(INDUSTRIES),
        # The product of two draws: many small sums, few large ones.
        "quarterly_wages": str(int(student * (900 + dice.whole(20, 130) * dice.whole(20, 130)))),
    }


def _first_name(dice: Dice, name: str) -> str:
    """Return the name, or its first three or four letters as a nickname, or the name with a slip."""
    if dice.happens(SHARE_NICKNAME) and len(name) > 4:
        return name[: 4 if len(name) > 6 else 3]
    return _slip(dice, name) if dice.happens(SHARE_NAME_SLIP) else name


def _last_name(dice: Dice, name: str) -> str:
    return _slip(dice, name) if dice.happens(SHARE_NAME_SLIP) else name


def _slip(dice: Dice, name: str) -> str:
    """Return the name as a hurried hand types it: two letters swapped, one left out, or one doubled."""
    place = dice.whole(1, len(name) - 2)
    return dice.one(
        (
            name[:place] + name[place + 1] + name[place] + name[place + 2 :],
            name[:place] + name[place + 1 :],
            name[:place] + name[place] + name[place:],
        )
    )


def _day(dice: Dice, born: date, share: float) -> str:
    """Return the day, now and then with day and month swapped, two digits swapped, or one digit off."""
    if not dice.happens(share):
        return born.isoformat()
    swapped = f"{born.year}-{born.day:02}-{born.month:02}"
    turned = f"{born.year}-{born.month:02}-{f'{born.day:02}'[::-1]}"
    off = (born + timedelta(days=dice.one((-10, -1, 1, 10)))).isoformat()
    ways = [text for text in (swapped, turned) if _is_another_day(text, born)]
    return dice.one([*ways, off])


def _is_another_day(text: str, born: date) -> bool:
    try:
        return date.fromisoformat(text) != born
    except ValueError:
        return False


def _pairs(
    dice: Dice,
    graduates: list[TableRow],
    enrollments: list[TableRow],
    wages: list[TableRow],
    truth: list[TableRow],
) -> list[TableRow]:
    """Return pairs that look alike, as a clerk might have reviewed them, with the right answer."""
    person = {row["record_id"]: row["person_id"] for row in truth}
    found: list[tuple[str, str]] = []
    for other, column in ((enrollments, "college_record_id"), (wages, "wage_record_id")):
        alike = _alike(graduates, other, column)
        same = [pair for pair in alike if person[pair[0]] == person[pair[1]]]
        different = [pair for pair in alike if person[pair[0]] != person[pair[1]]]
        found += dice.shuffled(same)[:PAIRS_SAME] + dice.shuffled(different)[:PAIRS_DIFFERENT]
    return [
        {
            "pair_id": f"R{number:03}",
            "school_record_id": school,
            "other_record_id": other_id,
            "same_person": person[school] == person[other_id],
        }
        for number, (school, other_id) in enumerate(dice.shuffled(found), start=1)
    ]


def _alike(graduates: list[TableRow], others: list[TableRow], column: str) -> list[tuple[str, str]]:
    """Return the pairs that agree in at least two of birth date, last name and start of the first name."""
    by_mark: dict[tuple[str, str], list[TableRow]] = defaultdict(list)
    for row in graduates:
        for mark in _marks(row):
            by_mark[mark].append(row)
    pairs: list[tuple[str, str]] = []
    for row in others:
        agreements: dict[str, int] = defaultdict(int)
        for mark in _marks(row):
            for graduate in by_mark[mark]:
                agreements[str(graduate["school_record_id"])] += 1
        pairs += [(school, str(row[column])) for school, count in sorted(agreements.items()) if count >= 2]
    return pairs


def _marks(row: TableRow) -> list[tuple[str, str]]:
    return [
        ("birth date", str(row["birth_date"])),
        ("last name", str(row["last_name"]).upper()[:WAGE_NAME_LENGTH]),
        ("first name", str(row["first_name"]).upper()[:3]),
    ]
