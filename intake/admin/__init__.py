"""The staff's pages of requests, and of what the public sees."""

from intake.admin import outbox, rules, site

__all__ = ["outbox", "rules", "site"]
