"""The portal's settings, with everything logged that anything has to say."""

from portal.settings import *  # noqa: F403  (settings are all of its names)
from portal.settings import LOGGING

LOUD = {"handlers": ["console"], "level": "DEBUG", "propagate": False}
LOGGING["root"] = LOUD
LOGGING["loggers"] = dict.fromkeys((*LOGGING["loggers"], "django.template", "django.db"), LOUD)
