"""Articles as readers get them, and every text that they ever had."""

from .article import Article
from .history import Review, Revision, Step

__all__ = ["Article", "Review", "Revision", "Step"]
