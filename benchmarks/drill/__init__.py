"""The crash drill: everything that serves patients is killed while they post; nothing acknowledged is lost.

    make drill                       # 60 s on PostgreSQL, then 60 s on SQLite, whose database is not killed
    make drill DRILL="--database sqlite --seconds 20 --seed 7"
    make drill DRILL=--self-test     # the drill's own check must notice what is lost, doubled or never sent

`__main__` reads the options, `running` holds it together, and `checking` says what counts as a breach.
"""
