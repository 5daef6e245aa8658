import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from portal import patience, published, rooms  # noqa: E402  (they need the apps that the line above has loaded)

patience.begin()
published.keep_fresh()
rooms.lend_connections()
