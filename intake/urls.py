from django.urls import path, register_converter

from intake import views
from intake.choices import Door


class DoorConverter:
    regex = "|".join(Door.values)

    def to_python(self, value: str) -> Door:
        return Door(value)

    def to_url(self, value: str) -> str:
        return Door(value).value


register_converter(DoorConverter, "door")

urlpatterns = [
    path("", views.help_doors, name="help"),
    path("<door:door>/", views.help_form, name="help-form"),
    path("received/<str:token>/", views.received, name="help-received"),
]
