from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal import demo

PATIENCE = 90.0  # seconds; a spent code costs at most 30


class Command(BaseCommand):
    help = "Print a code that sign-in accepts now for a demo account. Demonstration only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help=", ".join(demo.ACCOUNTS))

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Codes are printed in the demonstration only.")
        devices = TOTPDevice.objects.filter(
            user__username=username, user__email=demo.email(username), confirmed=True
        )
        device = devices.order_by("-pk").first()  # the one that sign-in asks
        if username not in demo.ACCOUNTS or device is None:
            raise CommandError(f"There is no demo account {username}: {', '.join(demo.ACCOUNTS)}.")
        try:
            code = demo.wait_for_code(device, patience=PATIENCE, log=self.stderr.write)
        except TimeoutError as error:
            raise CommandError(
                f"After too many wrong codes the account accepts none for {error.args[0]:.0f} seconds."
            ) from error
        self.stdout.write(code)
