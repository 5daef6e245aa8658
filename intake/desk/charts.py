"""Charts as geometry: pure. Widths are in percent of the chart, heights in pixels: text keeps its size.

All numbers come out as text, as SVG has them: a page in another language must not put commas into them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

# The timeline from its top: a line of text, numbers, columns up, columns down, numbers, a line, ticks.
LINE, NUMBER, HALF = 18, 14, 72
BASE = LINE + NUMBER + HALF
TIMELINE_HEIGHT = BASE + HALF + NUMBER + LINE + LINE
MOST_TICKS = 8
# From so many columns on their numbers stand close together.
DENSE = 24

ROW_LINE, ROW_BAR, ROW_GAP = 18, 14, 10
# Characters that the narrowest chart, of 27rem, can show in a line.
NARROW = 64


@dataclass(frozen=True)
class Moment:
    """What a column of the timeline stands for, and how much: `up` and `down` from the middle."""

    label: str
    tick: str
    up: int
    down: int


@dataclass(frozen=True)
class Column:
    x: str
    center: str
    width: str
    up: int
    down: int
    up_y: str
    up_height: str
    up_text_y: str
    down_height: str
    down_text_y: str
    is_highest: bool
    is_lowest: bool
    tick: str
    is_odd_tick: bool


@dataclass(frozen=True)
class Timeline:
    columns: list[Column]
    is_dense: bool
    height: int = TIMELINE_HEIGHT
    base: int = BASE
    top_text: int = LINE - 6
    bottom_text: int = BASE + HALF + NUMBER + LINE - 6
    tick_text: int = TIMELINE_HEIGHT - 4


@dataclass(frozen=True)
class Row:
    """One bar with its words above it. `reach` is a second length, drawn as a line to its end."""

    name: str
    value: str
    part: float
    reach: float | None = None
    kind: str = ""


@dataclass(frozen=True)
class Bar:
    lines: list[tuple[str, str]]
    y: str
    width: str
    reach: str
    middle: str
    kind: str


@dataclass(frozen=True)
class Bars:
    bars: list[Bar]
    height: int
    bar_height: int = ROW_BAR


def timeline(moments: Sequence[Moment]) -> Timeline:
    """Columns up and down from one line, on one scale; ticks are thinned out to what has room."""
    most = max((max(moment.up, moment.down) for moment in moments), default=0) or 1
    peaks = max((m.up for m in moments), default=0), max((m.down for m in moments), default=0)
    step = 100 / max(len(moments), 1)
    named = [number for number, moment in enumerate(moments) if moment.tick]
    ticks = named[:: -(-len(named) // MOST_TICKS) or 1]
    columns = []
    for number, moment in enumerate(moments):
        up, down = moment.up * HALF / most, moment.down * HALF / most
        columns.append(
            Column(
                x=_percent(number * step + step * 0.12),
                center=_percent(number * step + step / 2),
                width=_percent(step * 0.76),
                up=moment.up,
                down=moment.down,
                up_y=_number(BASE - up),
                up_height=_number(up),
                up_text_y=_number(BASE - up - 3),
                down_height=_number(down),
                down_text_y=_number(BASE + down + 12),
                is_highest=moment.up == peaks[0],
                is_lowest=moment.down == peaks[1],
                tick=moment.tick if number in ticks else "",
                is_odd_tick=number in ticks and ticks.index(number) % 2 == 1,
            )
        )
    return Timeline(columns, len(moments) > DENSE)


def bars(rows: Sequence[Row], *, characters: int = NARROW) -> Bars:
    """Bars below each other, on one scale on which 1 is the whole width; no words are cut off."""
    drawn, y = [], 0
    for row in rows:
        lines = _lines(row, characters)
        top = y + ROW_LINE * len(lines)
        drawn.append(
            Bar(
                lines=[(text, str(y + ROW_LINE * number + 13)) for number, text in enumerate(lines)],
                y=str(top),
                width=_percent(row.part * 100),
                reach="" if row.reach is None else _percent(row.reach * 100),
                middle=_number(top + ROW_BAR / 2),
                kind=row.kind,
            )
        )
        y = top + ROW_BAR + ROW_GAP
    return Bars(drawn, max(y - ROW_GAP, 1))


def _lines(row: Row, characters: int) -> list[str]:
    return wrap(f"{row.name}: {row.value}", characters)


def _percent(value: float) -> str:
    return f"{min(value, 100):.2f}%"


def _number(value: float) -> str:
    return f"{value:.1f}"
