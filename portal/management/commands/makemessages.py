from django.core.management.commands import makemessages


class Command(makemessages.Command):
    # What the catalog holds for a similar sentence is no translation of a new one.
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]
