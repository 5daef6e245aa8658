"""Statements that are worded once: Django takes longer to word a short question than databases to answer.

A statement is worded with stand-ins, which are then replaced by what is asked for each time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

# Stands for the time; for numbers take negative ones, which no row has.
NOW = datetime(1, 2, 3, 4, 5, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Statement:
    """`places` are what stands at each "%s": a stand-in's name, or "" and a value that is always the same."""

    sql: str
    places: list[tuple[str, Any]]

    def ask(self, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows. Times are given as Django's fields take them."""
        adapt = connection.ops.adapt_datetimefield_value
        given = {
            name: adapt(value) if isinstance(value, datetime) else value for name, value in values.items()
        }
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [given[name] if name else value for name, value in self.places])
            return cursor.fetchall()


def worded(selects: Iterable[tuple[str, Any]], stand_ins: Mapping[str, Any]) -> Statement:
    """Return the statement that joins the querysets' own by commas, each put into its form, like "({})"."""
    adapt = connection.ops.adapt_datetimefield_value
    names = {
        adapt(value) if isinstance(value, datetime) else value: name for name, value in stand_ins.items()
    }
    parts = [(form, *rows.query.sql_with_params()) for form, rows in selects]
    return Statement(
        ", ".join(form.format(sql) for form, sql, _params in parts),
        [(names.get(value, ""), value) for _form, _sql, params in parts for value in params],
    )
