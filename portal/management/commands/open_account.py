from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import transaction

from portal import accounts


class Command(BaseCommand):
    help = (
        "Open a staff account and print, once, its password and the setup key for its authenticator. "
        "Makes the first superuser of an installation, who opens the others in the admin."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--superuser", action="store_true", help="May do everything, accounts included.")
        parser.add_argument(
            "--group", action="append", default=[], metavar="NAME", help="A role; may be given several times."
        )
        parser.add_argument("--email", default="")

    # What could not be printed is not made: nobody would ever know its password.
    @transaction.atomic
    def handle(
        self, *args: Any, username: str, superuser: bool, group: list[str], email: str, **options: Any
    ) -> None:
        try:
            opened = accounts.open_account(
                username=username, superuser=superuser, groups=group, email=email, by="open_account"
            )
        except accounts.AccountRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Account:    {opened.user.get_username()}\n"
            f"Password:   {opened.password}\n"
            f"Setup key:  {accounts.setup_key(opened.device)}\n"
            f"Address:    {opened.device.config_url}\n"
            "This is shown once. Add the key or the address to an authenticator app, sign in at /admin/,\n"
            "and choose another password there."
        )
        if not (superuser or group):
            self.stdout.write("The account has no role yet: a superuser gives it one in the admin.")
        self.stdout.flush()
