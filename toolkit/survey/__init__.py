"""Surveys: what is asked, what was answered, and what a report says of it. For lessons, the tracker and the browser.

instrument.py       a survey as it is asked: sections, questions, answers to pick, conditions
check.py            what is wrong with an instrument: names that point nowhere, conditions in a ring
answers.py          one row an answer; what cannot be counted is set aside with a sentence
sheet.py            answers as CSV, in and out
tables.py           counts and shares: top two answers together, first and second choice, before and after
report.py           the report of all who answered, as Markdown and as rows
tally.py            counts by unit, which a database can make too
units.py            the report by unit, with small groups protected
releases.py         what was published before, to audit later reports against
baseline.py         published figures of an earlier survey, to compare with
bars.py             a report's table as a bar chart, drawn as SVG
recommend.py        which path to take, by a rule that is shown
self_assessment.py  one person's answers, counted in a page
other_tools.py      answers given in ODK, Kobo or SurveyJS
export.py           the instrument as XLSForm, as SurveyJS JSON, and as a page
"""
