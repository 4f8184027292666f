"""Small tools that lessons, browser pages and the tracker share. Every one of them runs in a browser too."""

from toolkit.messages import plain_messages

__all__ = ["plain_messages"]
