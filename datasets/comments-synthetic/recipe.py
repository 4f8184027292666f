"""Make up 300 public comments to a state office that does not exist, and the codes that two readers gave them.

No comment is by a real person. Sentences come from lists on this page, with words filled in. The recipe reads only the
populations of towns, from this project's own datasets/towns. The calendar is made up: the year is 2150.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from academy.data.errors import RowMissing
from academy.data.made_up import Dice
from academy.data.recipe import TableRow, read_town_populations, require_figure, write_tables

SEED = 20_150_903
COMMENTS = 300

CHANNELS = {"web form": 46, "e-mail": 24, "phone note": 14, "letter": 9, "hearing": 7}
MONTHS = {"2150-03": 25, "2150-04": 40, "2150-05": 35}
TOPICS = {
    "waiting": 21,
    "online": 20,
    "forms": 15,
    "travel": 15,
    "language": 10,
    "staff": 9,
    "cost": 6,
    "other": 4,
}
MEANINGS = {
    "waiting": "Waiting at the counter, on the phone, or for a decision",
    "online": "The website and doing things online, bad or good",
    "forms": "Forms, letters, and the papers that are asked for",
    "travel": "The way to the counter, its hours, and closing it on Fridays",
    "language": "Languages other than English, and access for people with a disability",
    "staff": "How staff treat people, and whether their answers are right",
    "cost": "Fees, and what it costs to deal with the office",
    "other": "Anything else",
}

SAID = {
    "waiting": (
        "I waited {time} at the counter before my number was called.",
        "I was on hold for {time} and then the line went dead.",
        "The line was out of the door when I came at {clock}.",
        "I have called {count} times about {thing} and nobody has called back.",
        "My request for {thing} has been open for {weeks}.",
        "It took {weeks} to hear anything about {thing}.",
        "Nobody could tell me how long {thing} takes.",
        "There was one window open and {count} people ahead of me at {clock}.",
        "The recorded voice said {time}, but it was much longer.",
        "Getting {thing} used to take a few days, and now it takes {weeks}.",
    ),
    "online": (
        "The website logged me out {count} times while I was asking for {thing}.",
        "I could not upload a photo of my papers from my phone.",
        "Asking for {thing} online worked on the first try.",
        "The page for {thing} does not open on my old computer.",
        "We have no internet at home, so the website is no use to us.",
        "The rules for the password are hard to follow, and I gave up at {clock}.",
        "The website said that my request for {thing} was saved, but it was not.",
        "I did everything online in {time} and did not have to come in.",
        "The link in the e-mail about {thing} leads to an empty page.",
        "My neighbor has to do the website for me, because the letters are so small.",
    ),
    "forms": (
        "The form for {thing} asks the same question {count} times.",
        "I do not understand the letter about {thing}.",
        "Page {page} of the form uses words that nobody in my house knew.",
        "You asked for papers that I already sent in {month}.",
        "The form for {thing} has {count} pages, and most of them did not apply to me.",
        "My form came back because of one empty box on page {page}.",
        "The letter did not say what I should do next about {thing}.",
        "I filled in the wrong form, because two of them have almost the same name.",
        "The new short form for {thing} is much better than the old one.",
    ),
    "travel": (
        "The nearest counter is {miles} miles away, and there is no bus after {late}.",
        "You close at 4:30, and I work until 5.",
        "If you close on Fridays, I lose a day of pay to come in.",
        "Friday is the only day on which I can get a ride to the counter.",
        "There is no parking near the counter, so I had to walk a long way.",
        "I took {count} buses to get to the counter for {thing}.",
        "Closing on Fridays is fine with me if you stay open late on another day.",
        "Older people in our town cannot drive {miles} miles for {thing}.",
    ),
    "language": (
        "My mother reads {language}, and the letter about {thing} came in English only.",
        "There was nobody at the counter who speaks {language}.",
        "The {language} form is older than the English one and asks other questions.",
        "I use a screen reader, and it cannot read the form for {thing}.",
        "I am hard of hearing, and everything has to be done by phone.",
        "My son had to miss school to explain {thing} to me in {language}.",
        "The counter has a step at the door, and I use a wheelchair.",
        "The {language} page of the website stops in the middle.",
    ),
    "staff": (
        "The woman at the counter was patient and explained every step.",
        "Two people gave me two different answers about {thing}.",
        "The man on the phone stayed on the line until {thing} was settled.",
        "I was told to come back with papers, and then I did not need them.",
        "Staff seem tired, and there are too few of them at {clock}.",
        "Whoever answered my e-mail about {thing} knew exactly what to do.",
        "Nobody at the counter had heard of {thing}.",
    ),
    "cost": (
        "The fee for {thing} went up again.",
        "Paying by card costs {dollars} dollars extra.",
        "I paid {dollars} dollars for copies that nobody looked at.",
        "I lost {dollars} dollars of pay to ask for {thing}.",
        "Please do not charge people {dollars} dollars for {thing} when they have little.",
    ),
    "other": (
        "Thank you for asking people before you decide.",
        "I heard about this from the library and wanted to write something.",
        "Please publish what people said, and what you did about it.",
        "I have no complaint, I only want the office to stay.",
        "I do not know which office does {thing}, and I think many people do not.",
    ),
}
ASKED = {
    "waiting": (
        "Let people book a time.",
        "Please show the waiting time on a screen.",
        "Open a second window in the middle of the day.",
        "Call people back and do not make them hold.",
    ),
    "online": (
        "Please test the website on a phone.",
        "Keep the website, but keep the counter too.",
        "A help line for the website would do a lot.",
        "Let us save and finish later.",
    ),
    "forms": (
        "Please write letters that a child could read.",
        "One page would be enough.",
        "Do not ask for what you already have.",
        "Say on the first page what we need to bring.",
    ),
    "travel": (
        "Please keep the counter open on Fridays.",
        "Stay open until 7 on one evening.",
        "A counter in the library once a month would help.",
        "Come to us with a bus once in a while.",
    ),
    "language": (
        "Please send letters in the language that we speak.",
        "Have somebody at the counter on some days who can interpret.",
        "Let people with a disability do this in another way.",
    ),
    "staff": (
        "Please give them more training.",
        "Tell them thank you.",
        "Hire more people for the counter.",
        "Write down the answer, so that everyone gives the same one.",
    ),
    "cost": (
        "Please take cash without a fee.",
        "Make it free for people who have little.",
        "Say what it costs before we start.",
    ),
    "other": ("Keep going.", "I hope that somebody reads this.", "That is all."),
}
JOINED = ("Also, ", "And another thing: ", "Besides, ", "On top of that, ")
OPENED = ("I am writing about your plan. ", "To whom it may concern: ", "About the Friday plan: ", "Hello. ")

WORDS: dict[str, tuple[str, ...]] = {
    "time": ("20 minutes", "half an hour", "40 minutes", "almost an hour", "an hour", "two hours", "all morning"),
    "clock": ("8 in the morning", "9 o'clock", "10:30", "noon", "half past one", "3 o'clock", "4 o'clock"),
    "late": ("noon", "2 o'clock", "4 o'clock"),
    "count": ("two", "three", "four", "five", "six", "eight"),
    "page": ("2", "3", "4", "6"),
    "weeks": ("three weeks", "five weeks", "six weeks", "two months", "eleven weeks", "four months"),
    "miles": ("9", "12", "17", "22", "25"),
    "dollars": ("3", "6", "12", "18", "40"),
    "month": ("January", "February", "March", "December"),
    "language": ("Spanish", "Portuguese", "Polish", "Haitian Creole", "Arabic", "Mandarin"),
    "thing": (
        "a heating voucher",
        "a parking permit",
        "my contractor card",
        "a food stand permit",
        "a copy of a certificate",
        "the renter's credit",
        "a change of address",
        "a day care place",
        "a fishing permit",
        "my late refund",
    ),
}

SHARE_OPENED, SHARE_SECOND_SENTENCE, SHARE_TWO_TOPICS, SHARE_ASKED = 0.2, 0.35, 0.42, 0.6
# Topics that readers mix up.
NEAR = {
    "waiting": "staff",
    "online": "forms",
    "forms": "online",
    "travel": "waiting",
    "language": "forms",
    "staff": "waiting",
    "cost": "other",
    "other": "travel",
}
# How often a reader codes the second topic of a comment in place of the first, or a near one in place of the right one.
FIRST_CODER, SECOND_CODER = (0.16, 0.1), (0.46, 0.14)


@dataclass(frozen=True)
class Comment:
    """A text, and what it is about: the first topic, and for some a second one."""

    text: str
    topic: str
    second: str | None


def build(sources: Path, destination: Path) -> None:
    """Write the comments and the codes. `sources` is not read: everything is made up."""
    people_by_town = read_town_populations()
    comments = prepare(Dice(SEED), people_by_town)
    validate(comments)
    write(comments, destination)


def prepare(dice: Dice, people_by_town: Mapping[str, int]) -> list[TableRow]:
    """Return the comments in the order of their months."""
    written: dict[str, Comment] = {}
    while len(written) < COMMENTS:
        comment = _comment(dice)
        written.setdefault(comment.text, comment)
    rows = [
        {
            "channel": dice.weighted(CHANNELS),
            "month": dice.weighted(MONTHS),
            "town": dice.weighted(people_by_town),
            "text": comment.text,
            "code_by_first_coder": _code(dice, comment, *FIRST_CODER),
            "code_by_second_coder": _code(dice, comment, *SECOND_CODER),
        }
        for comment in written.values()
    ]
    rows.sort(key=lambda row: row["month"])
    return [{"comment_id": f"K{number:03}"} | row for number, row in enumerate(rows, start=1)]


def validate(comments: list[TableRow]) -> None:
    """See that there are as many comments as promised, with every word filled in and every code used by both."""
    require_figure("comments", "the number of comments", len(comments), COMMENTS)
    for comment in comments:
        if re.search(r"[{}]", str(comment["text"])):
            raise RowMissing(str(comment["comment_id"]), "a word is not filled in.", "Add it to the list of words.")
    for coder in ("code_by_first_coder", "code_by_second_coder"):
        require_figure(coder, "the number of codes in use", len({comment[coder] for comment in comments}), len(TOPICS))


def write(comments: list[TableRow], destination: Path) -> None:
    codes: list[TableRow] = [{"code": code, "meaning": MEANINGS[code]} for code in TOPICS]
    write_tables(destination, {"comments-synthetic.csv": comments, "comments-synthetic-codes.csv": codes})


def _comment(dice: Dice) -> Comment:
    topic = dice.weighted(TOPICS)
    sentences = [dice.one(SAID[topic])]
    if dice.happens(SHARE_SECOND_SENTENCE):
        sentences.append(dice.one([sentence for sentence in SAID[topic] if sentence not in sentences]))
    second = None
    if dice.happens(SHARE_TWO_TOPICS):
        second = dice.one([other for other in SAID if other not in (topic, "other")])
        sentences.append(_continued(dice.one(JOINED), dice.one(SAID[second])))
    if dice.happens(SHARE_ASKED):
        sentences.append(dice.one(ASKED[second or topic]))
    opening = dice.one(OPENED) if dice.happens(SHARE_OPENED) else ""
    # A person speaks of one request and one language; times and counts may differ from sentence to sentence.
    kept = {slot: dice.one(WORDS[slot]) for slot in ("thing", "language")}
    text = opening + " ".join(sentences)
    filled = re.sub(r"\{(\w+)\}", lambda slot: kept.get(slot[1]) or dice.one(WORDS[slot[1]]), text)
    return Comment(filled, topic, second)


def _continued(joint: str, sentence: str) -> str:
    """Put a sentence after a joint, in small letters unless it begins with “I” or a name."""
    begins_with_name = sentence.startswith(("I ", "Friday ", "{"))
    return joint + (sentence if begins_with_name else sentence[0].lower() + sentence[1:])


def _code(dice: Dice, comment: Comment, takes_second: float, takes_near: float) -> str:
    """Return the one code that a reader gives."""
    topic = comment.second if comment.second and dice.happens(takes_second) else comment.topic
    return NEAR[topic] if dice.happens(takes_near) else topic
