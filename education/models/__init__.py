"""Articles as readers get them, and every text that they ever had."""

from .article import Article
from .feedback import Feedback
from .history import Review, Revision, Step
from .search import Passage, Posting, Word

__all__ = ["Article", "Feedback", "Passage", "Posting", "Review", "Revision", "Step", "Word"]
