"""The data pages: for each dataset a page with a picture and the files to download, and an index of all.

picture.py   the numbers that a picture shows, taken from its table
words.py     numbers, times and pictures said in words
draw.py      the picture drawn
files.py     what is served beside the pages; a picture is drawn only when its numbers changed
pages.py     the pages
"""
