"""Names that nobody has. Every one is put together from words of its own kind, and says that it is an example."""

from __future__ import annotations

from random import Random

HOST = "example.org"
_BODIES = ("Department of", "Office of", "Bureau of", "Board of", "Commission on")
_SUBJECTS = (
    "Lanterns, Ladders, Weather Vanes, Paper Boats, Tall Ships, Kite Routes, Covered Bridges, Tidal Clocks, "
    "Orchard Maps, Snow Days, Quiet Streets, Left Gloves, Fireflies, Maple Ledgers, Porch Swings, Stone Walls, "
    "River Fog, Lost Umbrellas, Harvest Moons, Sundials, Clam Shells, Steam Whistles, Quilts, Attic Archives, "
    "Sled Hills, Pumpkin Scales, Salt Marshes, Bell Towers, Cider Presses, Message Bottles"
).split(", ")
_DIVISIONS = (
    "Northern, Southern, Eastern, Western, Upper, Lower, Inner, Outer, Coastal, Valley, Hilltop, Central".split(", ")
)
_WORK = (
    "Permits, Inspections, Field Work, Front Desk, Planning, Records, Licensing, Outreach, Fleet, Finance, Intake, "
    "Research, Mailroom, Training, Data, Procurement, Legal, Safety, Laboratory, Helpline"
).split(", ")
_GIVEN = (
    "Ada Alma Amos Anouk Arlo Asha Bea Boris Calla Caleb Chidi Cleo Cyrus Dara Della Dov Edda Elias Emre Enid Esme "
    "Farid Fern Flora Gita Greta Gus Hana Hedy Hugo Ida Imani Ines Ira Ivo Jonas Juno Kai Kamal Lars Leda Linh Lola "
    "Luz Mabel Malik Mei Milo Mira Moses Nadia Nell Nico Odile Omar Opal Otis Pablo Pearl Petra Priya Quinn Rafi "
    "Remy Rhea Rosa Ruth Sami Selma Silas Sofia Suki Tariq Tess Theo Uma Una Vera Viggo Wanda Willa Xenia Yara Yusuf "
    "Zadie Zora"
).split()
_FIRST_HALVES = (
    "Sample Mock Example Pretend Fable Figment Placeholder Dummy Draft Specimen Notional Template Invent Imagin Story "
    "Paper Proto Demo Trial Sketch"
).split()
_SECOND_HALVES = (
    "wood ridge field stone brook ton ley hurst worth more son dale ford wick well berg mann ski ez oglu".split()
)


def agency_names(count: int) -> list[str]:
    """As many agencies that do not exist."""
    names = [f"{_BODIES[n % len(_BODIES)]} {subject} (made up)" for n, subject in enumerate(_SUBJECTS)]
    more = [f"{_BODIES[n % len(_BODIES)]} {side} {name}" for side in _DIVISIONS for n, name in enumerate(_SUBJECTS)]
    names += [f"{name} (made up)" for name in more]
    if count > len(names):
        raise ValueError(f"There are names for {len(names)} made-up agencies at most.")
    return names[:count]


def unit_name(level: int, number: int) -> str:
    """The name of a unit among its siblings; `level` 1 is right below the agency's own."""
    if level == 1:
        return f"{_DIVISIONS[number % len(_DIVISIONS)]} Division" + _numeral(number // len(_DIVISIONS))
    kind = "Section" if level == 2 else "Team"
    return f"{_WORK[number % len(_WORK)]} {kind}" + _numeral(number // len(_WORK))


def person_name(random: Random) -> str:
    return f"{random.choice(_GIVEN)} {random.choice(_FIRST_HALVES)}{random.choice(_SECOND_HALVES)}"


def email(name: str, number: int) -> str:
    """Never used twice: the number is the person's."""
    return f"{name.lower().replace(' ', '.')}.{number}@{HOST}"


def _numeral(times: int) -> str:
    return f" {times + 1}" if times else ""
