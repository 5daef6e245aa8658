"""Statements that are worded once: Django takes longer to word a short question than databases to answer.

A statement is worded with stand-ins, which are then replaced by what is asked for each time.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection

# Stands for the time; for numbers take negative ones, which no row has.
NOW = datetime(1, 2, 3, 4, 5, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Statement:
    """`places` are what stands at each "%s": a stand-in's name, or "" and a value that is always the same."""

    sql: str
    places: list[tuple[str, Any]]
    # Of the columns whose values Python reads otherwise than the database gives them: place, and what
    # Django calls with the value, the column and the connection, one after the other.
    converters: list[tuple[int, list[Callable[[Any, Any, Any], Any]], Any]] = field(default_factory=list)

    def ask(self, **values: Any) -> list[Sequence[Any]]:
        """Return the rows. Times are given as Django's fields take them."""
        if not self.sql:
            return []
        adapt = connection.ops.adapt_datetimefield_value
        given = {
            name: adapt(value) if isinstance(value, datetime) else value for name, value in values.items()
        }
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [given[name] if name else value for name, value in self.places])
            rows = cursor.fetchall()
        return [self._converted(row) for row in rows] if self.converters else rows

    def _converted(self, row: Sequence[Any]) -> list[Any]:
        values = list(row)
        for place, steps, column in self.converters:
            for step in steps:
                values[place] = step(values[place], column, connection)
        return values


def worded(selects: Iterable[tuple[str, Any]], stand_ins: Mapping[str, Any]) -> Statement:
    """Return the statement that joins the querysets' own by commas, each put into its form, like "({})"."""
    parts = [(form, *rows.query.sql_with_params()) for form, rows in selects]
    return Statement(
        ", ".join(form.format(sql) for form, sql, _params in parts),
        _places((value for _form, _sql, params in parts for value in params), stand_ins),
    )


def worded_rows(rows: Any, stand_ins: Mapping[str, Any]) -> Statement:
    """Return the statement of `rows`, a queryset's `values_list`, with the values that it would give."""
    compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return Statement("", [])
    converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])
    return Statement(
        sql,
        _places(params, stand_ins),
        [(place, steps, column) for place, (steps, column) in converters.items()],
    )


def _places(params: Iterable[Any], stand_ins: Mapping[str, Any]) -> list[tuple[str, Any]]:
    adapt = connection.ops.adapt_datetimefield_value
    names = {
        adapt(value) if isinstance(value, datetime) else value: name for name, value in stand_ins.items()
    }
    return [(names.get(value, ""), value) for value in params]


class Shapes:
    """Statements by what decides their words. Whatever is asked of a list comes from few choices, mostly."""

    MOST = 500

    def __init__(self) -> None:
        self._kept: dict[Hashable, Statement] = {}

    def of(self, shape: Hashable, word: Callable[[], Statement]) -> Statement:
        """The statement of this shape on today's kind of database, worded by `word` the first time."""
        key = connection.vendor, shape
        if key not in self._kept:
            if len(self._kept) >= self.MOST:
                self._kept.clear()
            self._kept[key] = word()
        return self._kept[key]
