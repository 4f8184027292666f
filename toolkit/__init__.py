"""Small tools that lessons, browser pages and the tracker share. Every one of them runs in a browser too."""

from toolkit.messages import plain_messages
from toolkit.pages import keep_page

__all__ = ["keep_page", "plain_messages"]
