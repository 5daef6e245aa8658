from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from portal.accounts import factors, opening
from portal.models import User


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
        parser.add_argument(
            "--invite",
            action="store_true",
            help="Print a one-time link, valid 72 hours, instead of a password and a key.",
        )

    # What could not be printed is not made: nobody would ever know its password.
    @transaction.atomic
    def handle(
        self,
        *args: Any,
        username: str,
        superuser: bool,
        group: list[str],
        email: str,
        invite: bool,
        **options: Any,
    ) -> None:
        given: dict[str, Any] = {
            "superuser": superuser,
            "groups": group,
            "email": email,
            "by": "open_account",
        }
        try:
            if invite:
                self._print_link(*opening.open_and_invite(username=username, now=timezone.now(), **given))
            else:
                self._print_secrets(opening.open_account(username=username, **given))
        except opening.AccountRefused as error:
            raise CommandError(str(error)) from error
        if not (superuser or group):
            self.stdout.write("The account has no role yet: a superuser gives it one in the admin.")
        self.stdout.flush()

    def _print_secrets(self, opened: opening.Opened) -> None:
        self.stdout.write(
            f"Account:    {opened.user.get_username()}\n"
            f"Password:   {opened.password}\n"
            f"Setup key:  {factors.setup_key(opened.device)}\n"
            f"Address:    {opened.device.config_url}\n"
            "This is shown once. Add the key or the address to an authenticator app, sign in at /admin/,\n"
            "and choose another password there."
        )

    def _print_link(self, user: User, token: str) -> None:
        self.stdout.write(
            f"Account:    {user.get_username()}\n"
            f"Link:       {settings.PORTAL_URL}{reverse('admin:invitation', args=[token])}\n"
            "This is shown once. The link works once, for 72 hours."
        )
