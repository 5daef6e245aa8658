"""The staff's pages of requests, and of what the public sees."""

from intake.admin import outbox, requests, rules, site

__all__ = ["outbox", "requests", "rules", "site"]
