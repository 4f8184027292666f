"""Make up 600 answers to the intake form of a program that does not exist, and the list of the form's fields.

Nobody here is real. The recipe reads no data about people: only the populations of towns, from this project's own
datasets/towns, and ZIP codes. Every answer is drawn by itself, so that relations between columns mean nothing. The
calendar is made up too: people apply in the year 2150.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from academy.data.errors import ValueWrong
from academy.data.made_up import Dice, read_zips_and_people
from academy.data.recipe import TableRow, require_figure, write_tables

SEED = 20_150_901
APPLICATIONS, APPLIED_TWICE = 600, 8
FIRST_DAY, DAYS = date(2150, 10, 1), 92

GIVEN_NAMES = """
Alder Barley Basalt Bracken Bramble Bunting Burdock Calendula Campion Cedar Chicory Cirrus Clover Cobalt Comfrey
Cornflower Cricket Drizzle Dunlin Elderberry Feldspar Fennel Fescue Flint Foxglove Gannet Garnet Gypsum Hawthorn
Hazelnut Hyssop Juniper Larkspur Lichen Linden Lovage Lupine Mallow Marigold Meadowsweet Mulberry Nettle Nimbus
Nuthatch Obsidian Onyx Pebble Pipit Plover Primrose Quince Rushlight Sedge Sequoia Siskin Sleet Snowdrop Sorrel
Speedwell Squall Starling Sumac Sunbeam Tamarack Tansy Teasel Thistle Thyme Topaz Tourmaline Umber Verbena
Willowherb Yarrow Zephyr
""".split()
FAMILY_NAMES = """
Anvil Auger Avocet Awl Backsaw Barometer Bellows Bittern Blizzard Bobolink Bradawl Breccia Caliper Cassowary
Chert Chisel Clamp Cloudbank Cormorant Crowbar Curlew Dewpoint Dowel Downpour Dragonfly Drillbit Fogbank Fulmar
Gimlet Gneiss Godwit Grackle Grebe Hacksaw Hailstone Halyard Harrier Hatchet Heatwave Hornfels Ibis Jackdaw
Kestrel Kingfisher Lapwing Lathe Limpet Loam Mallet Mattock Merganser Moraine Nightjar Oilstone Osprey Pantile
Petrel Pickaxe Pintail Pitchfork Plumbline Quartzite Rainspout Ratchet Redstart Rivet Sandpiper Schist
Screwdriver Shearwater Skua Snowdrift Spanner Spirelevel Tailwind Tanager Thunderhead Toolbox Travertine Trowel
Tuff Turnstone Vise Wagtail Waxwing Wheatear Whetstone
""".split()
STREETS = (
    "Example Street",
    "Sample Avenue",
    "Pretend Road",
    "Nowhere Lane",
    "Specimen Drive",
    "Fable Court",
    "Placeholder Way",
)
# Old names of villages that people still write for their town.
VILLAGES = {
    "Bristol": "Forestville",
    "Griswold": "Jewett City",
    "Hamden": "Highwood",
    "Killingly": "Danielson",
    "Salisbury": "Lakeville",
    "Stonington": "Pawcatuck",
    "Vernon": "Rockville",
    "Windham": "Willimantic",
}

HOUSEHOLD_SIZES = {1: 29, 2: 27, 3: 17, 4: 14, 5: 8, 6: 4, 7: 1}
INCOME_BANDS = {
    "under $15,000": 22,
    "$15,000 to $29,999": 31,
    "$30,000 to $44,999": 26,
    "$45,000 to $59,999": 15,
    "$60,000 or more": 6,
}
HEATING = {"oil": 40, "natural gas": 34, "electricity": 17, "propane": 5, "wood": 3, "other": 1}
LANGUAGES = {
    "English": 74,
    "Spanish": 15,
    "Portuguese": 3,
    "Polish": 2,
    "Haitian Creole": 2,
    "Mandarin": 2,
    "Arabic": 1,
    "other": 1,
}
RACES = {
    "White": 92,
    "Hispanic or Latino": 40,
    "Black or African American": 28,
    "Asian": 12,
    "More than one": 10,
    "Middle Eastern or North African": 3,
    "American Indian or Alaska Native": 2,
    "Native Hawaiian or Pacific Islander": 1,
    "Prefer not to say": 12,
}
YES_NO = {"No": 78, "Yes": 14, "Prefer not to say": 8}
MARITAL = {"Single": 41, "Married": 33, "Divorced": 15, "Widowed": 9, "Prefer not to say": 2}
STATUSES = {
    "Citizen": 70,
    "Permanent resident": 13,
    "Visa holder": 4,
    "Refugee or asylee": 3,
    "Prefer not to say": 10,
}

# Shares of cells that are left empty, by column.
LEFT_EMPTY = {
    "middle_name": 0.35,
    "birth_date": 0.015,
    "zip": 0.01,
    "email": 0.12,
    "phone": 0.06,
    "household_size": 0.012,
    "income_band": 0.03,
    "race_ethnicity": 0.05,
    "disability": 0.04,
    "immigration_status": 0.09,
    "arrested_ever": 0.05,
    "ssn_last_four": 0.11,
    "marital_status": 0.03,
}
SHARE_DAY_WRONG, SHARE_TOWN_DRIFTS, SHARE_ZIP_SHORT, SHARE_ZIP_ELSEWHERE, SHARE_SIZE_WRONG = (
    0.03,
    0.1,
    0.03,
    0.025,
    0.01,
)
IMPOSSIBLE_DAYS = ("02/30", "02/31", "04/31", "06/31", "09/31", "11/31", "13/05", "00/12", "14/22")

# Kept free for examples: RFC 2606, and the numbering plan's 555-0100 to 555-0199.
NOBODYS_EMAIL, NOBODYS_PHONE = re.compile(r"[a-z0-9.]+@example\.org"), re.compile(r"860-555-01\d\d")

# What the form asks, and why its author says that it must be asked.
FIELDS: dict[str, tuple[str, bool, str]] = {
    "application_id": ("Application number (office use)", True, "To find the application again"),
    "application_date": ("Date", True, "Applications are decided in the order of their dates"),
    "first_name": ("First name", True, "To know who applies"),
    "middle_name": ("Middle name", False, "The old paper form had it"),
    "last_name": ("Last name", True, "To know who applies"),
    "birth_date": ("Date of birth (month/day/year)", True, "Applicants must be 18 or older"),
    "street_address": ("Street address", True, "To see that the home is in Connecticut, and to send the decision"),
    "town": ("Town", True, "To see that the home is in Connecticut"),
    "zip": ("ZIP code", True, "To send the decision"),
    "email": ("E-mail address", False, "To ask questions back"),
    "phone": ("Phone number", False, "To ask questions back"),
    "household_size": ("How many people live in your home?", True, "The income limit depends on it"),
    "income_band": ("Income of your household in a year", True, "Help is given up to an income limit"),
    "heating": ("How do you heat your home?", True, "The amount of help depends on it"),
    "language": ("Which language do you prefer?", False, "To send letters that people can read"),
    "race_ethnicity": ("Race and ethnicity", False, "To see whether the program reaches everybody"),
    "disability": ("Do you have a disability?", True, "It may be useful one day"),
    "immigration_status": ("Immigration status", True, "Another program asks for it"),
    "arrested_ever": ("Have you ever been arrested?", True, "It has always been on the form"),
    "ssn_last_four": ("Last four digits of your Social Security number", True, "To tell people of the same name apart"),
    "marital_status": ("Marital status", True, "The old paper form had it"),
}
# What a review of the form would find: needed for, class, and reason.
REVIEW: dict[str, tuple[str, str, str]] = {
    "application_id": ("office", "protected", "It leads to the application inside the office, and to nobody outside."),
    "application_date": ("eligibility", "protected", "A clue in a row. Counts by month may be published."),
    "first_name": ("identity", "personal", "It names the person."),
    "middle_name": ("nothing", "personal", "It names the person. First and last name and birth date are enough."),
    "last_name": ("identity", "personal", "It names the person."),
    "birth_date": ("eligibility", "personal", "With a town it tells almost everybody apart."),
    "street_address": ("eligibility", "personal", "It leads to the person's door."),
    "town": ("eligibility", "protected", "A clue in a row. Counts may be published, small ones hidden."),
    "zip": ("contact", "protected", "With a birth date it tells people apart. The letter needs it."),
    "email": ("contact", "personal", "It reaches the person. One way of contact is enough."),
    "phone": ("contact", "personal", "It reaches the person. One way of contact is enough."),
    "household_size": ("eligibility", "protected", "A large household in a small town can be recognized."),
    "income_band": ("eligibility", "private", "A confidentiality law covers what people tell a program about income."),
    "heating": ("eligibility", "protected", "A clue in a row. It says nothing about a person once it is counted."),
    "language": ("service", "protected", "A rare language in a small town can be recognized."),
    "race_ethnicity": ("fairness", "protected", "Ask by choice, and keep it apart from the decision."),
    "disability": ("nothing", "personal", "It is about health. Nothing in this program depends on it."),
    "immigration_status": ("nothing", "private", "Privacy laws limit who may see it. It keeps people from applying."),
    "arrested_ever": ("nothing", "private", "Laws limit its use. It has nothing to do with heating."),
    "ssn_last_four": ("nothing", "private", "Laws protect the number. The application number tells people apart."),
    "marital_status": ("nothing", "protected", "The size of the household is what counts."),
}


def build(sources: Path, destination: Path) -> None:
    """Write the applications, the fields and their review. Raises SourceError before anything is written."""
    zips_by_town, people_by_town = read_zips_and_people(sources)
    applications = prepare(Dice(SEED), people_by_town, zips_by_town)
    validate(applications)
    write(applications, destination)


def prepare(
    dice: Dice, people_by_town: Mapping[str, int], zips_by_town: Mapping[str, list[str]]
) -> list[dict[str, str]]:
    """Return the applications in the order of their dates."""
    answers = [_answers(dice, people_by_town, zips_by_town) for _ in range(APPLICATIONS - APPLIED_TWICE)]
    answers += [_again(dice, answers[dice.whole(0, len(answers) - 1)]) for _ in range(APPLIED_TWICE)]
    for answer in answers:
        _slip(dice, answer, zips_by_town)
    answers.sort(key=lambda answer: (answer["application_date"], answer["phone"], answer["last_name"]))
    for number, answer in enumerate(answers, start=1):
        answer["application_id"] = f"A-{number:04}"
    return [{name: answer[name] for name in FIELDS} for answer in answers]


def validate(applications: list[dict[str, str]]) -> None:
    """See that there are as many applications as promised, and that nobody could be reached."""
    require_figure("applications", "the number of applications", len(applications), APPLICATIONS)
    require_figure("fields", "the number of reviewed fields", len(REVIEW.keys() & FIELDS.keys()), len(FIELDS))
    for answer in applications:
        for column, pattern in (("email", NOBODYS_EMAIL), ("phone", NOBODYS_PHONE)):
            if answer[column] and not pattern.fullmatch(answer[column]):
                raise ValueWrong(
                    f"{answer['application_id']}, column {column}",
                    f"“{answer[column]}” may reach somebody.",
                    "Use only what is kept free for examples: example.org and 555-01.",
                )


def write(applications: list[dict[str, str]], destination: Path) -> None:
    fields: list[TableRow] = [
        {"field": name, "question": question, "must_be_answered": must, "reason_given": reason}
        for name, (question, must, reason) in FIELDS.items()
    ]
    review: list[TableRow] = [
        {
            "field": name,
            "needed_for": needed_for,
            "needed_for_eligibility": needed_for == "eligibility",
            "classification": classification,
            "reason": reason,
        }
        for name, (needed_for, classification, reason) in REVIEW.items()
    ]
    write_tables(
        destination,
        {
            "intake-synthetic.csv": applications,
            "intake-synthetic-fields.csv": fields,
            "intake-synthetic-review.csv": review,
        },
    )


def _answers(dice: Dice, people_by_town: Mapping[str, int], zips_by_town: Mapping[str, list[str]]) -> dict[str, str]:
    """Return what a careful person would write."""
    first, last = dice.one(GIVEN_NAMES), dice.one(FAMILY_NAMES)
    town = dice.weighted(people_by_town)
    born = FIRST_DAY - timedelta(days=dice.whole(18 * 366, 92 * 365))
    return {
        "application_date": (FIRST_DAY + timedelta(days=dice.whole(0, DAYS - 1))).isoformat(),
        "first_name": first,
        "middle_name": dice.one(GIVEN_NAMES),
        "last_name": last,
        "birth_date": born.strftime("%m/%d/%Y"),
        "street_address": f"{dice.whole(1, 240)} {dice.one(STREETS)}",
        "town": town,
        "zip": dice.one(zips_by_town[town]),
        "email": f"{first}.{last}{dice.whole(1, 99)}@example.org".lower(),
        "phone": f"860-555-01{dice.whole(0, 99):02}",
        "household_size": str(dice.weighted(HOUSEHOLD_SIZES)),
        "income_band": dice.weighted(INCOME_BANDS),
        "heating": dice.weighted(HEATING),
        "language": dice.weighted(LANGUAGES),
        "race_ethnicity": dice.weighted(RACES),
        "disability": dice.weighted(YES_NO),
        "immigration_status": dice.weighted(STATUSES),
        "arrested_ever": dice.weighted(YES_NO),
        "ssn_last_four": f"{dice.whole(0, 9999):04}",
        "marital_status": dice.weighted(MARITAL),
    }


def _again(dice: Dice, answer: dict[str, str]) -> dict[str, str]:
    """Return a second application of the same person, some days later."""
    later = date.fromisoformat(answer["application_date"]) + timedelta(days=dice.whole(3, 40))
    return answer | {"application_date": min(later, FIRST_DAY + timedelta(days=DAYS - 1)).isoformat()}


def _slip(dice: Dice, answer: dict[str, str], zips_by_town: Mapping[str, list[str]]) -> None:
    """Put in the errors that people make on forms."""
    if dice.happens(SHARE_DAY_WRONG):
        answer["birth_date"] = f"{dice.one(IMPOSSIBLE_DAYS)}/{answer['birth_date'][-4:]}"
    if dice.happens(SHARE_ZIP_ELSEWHERE):
        answer["zip"] = dice.one(zips_by_town[dice.one(sorted(zips_by_town))])
    if dice.happens(SHARE_ZIP_SHORT):
        answer["zip"] = answer["zip"].lstrip("0")
    if dice.happens(SHARE_TOWN_DRIFTS):
        answer["town"] = _drifted(dice, answer["town"])
    if dice.happens(SHARE_SIZE_WRONG):
        answer["household_size"] = dice.one(("0", "22", "44"))
    for column, share in LEFT_EMPTY.items():
        if dice.happens(share):
            answer[column] = ""


def _drifted(dice: Dice, town: str) -> str:
    """Return the town in one of the ways that people write it."""
    place = dice.whole(1, len(town) - 2)
    swapped = town[:place] + town[place + 1] + town[place] + town[place + 2 :]
    ways = [town.upper(), town.lower(), f"{town}, CT", swapped]
    if town in VILLAGES:
        ways = [VILLAGES[town]]
    return dice.one(ways)
