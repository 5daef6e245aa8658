"""The staff's pages of articles."""

from . import articles

__all__ = ["articles"]
