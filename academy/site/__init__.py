"""The build of the site: lessons, book, browser lessons, in that order."""
