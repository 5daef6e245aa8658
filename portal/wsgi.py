import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup(set_prefix=False)

from portal import patience, published, rooms  # noqa: E402  (they need the apps that the line above has loaded)
from portal.handler import Handler  # noqa: E402  (as above)

application = Handler()
patience.begin()
published.keep_fresh()
rooms.lend_connections()
