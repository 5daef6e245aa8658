import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from portal import published  # noqa: E402  (needs the apps that the line above has loaded)

published.keep_fresh()
