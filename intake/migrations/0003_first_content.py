"""What the portal opens with: two lines, hours, targets, facilities, today's notice, and therapies.

All of it is staff's to edit from then on. What the pharmacy has not confirmed is marked as unconfirmed.
"""

from datetime import time

from django.db import migrations
from django.utils import timezone

QUEUES = [
    {
        "slug": "current-patients",
        "name": "Current patients",
        "audience": "For current patients, or if you are not sure",
        "audience_es": "Para pacientes actuales, o si no está seguro",
        "phone": "+18775950757",
        "door": "current-patient",
        "position": 1,
    },
    {
        "slug": "new-patients",
        "name": "New patients",
        "audience": "For people who are not patients yet",
        "audience_es": "Para personas que aún no son pacientes",
        "phone": "+18776027779",
        "door": "new-patient",
        "position": 2,
    },
]

TARGETS = [
    {"priority": "emergency", "basis": "elapsed", "minutes": 15},
    {"priority": "urgent", "basis": "elapsed", "minutes": 60},
    {"priority": "same_day", "basis": "open", "minutes": 240},
    {"priority": "routine", "basis": "next_close", "minutes": None},
]

FACILITIES = [
    {"slug": "pharmacy", "name": "California Specialty Pharmacy", "name_confirmed": True, "kind": "pharmacy"},
    {"slug": "infusion-center-1", "name": "Infusion center 1", "kind": "infusion_center"},
    {"slug": "infusion-center-2", "name": "Infusion center 2", "kind": "infusion_center"},
    {"slug": "infusion-center-3", "name": "Infusion center 3", "kind": "infusion_center"},
]

NOTICE = {
    "severity": "warning",
    "headline": "We are open during the wildfires",
    "headline_es": "Estamos abiertos durante los incendios",
    "body": (
        "The pharmacy and all 3 infusion centers are running normally. "
        "Affected by the fires? Call, so that your medicine reaches you."
    ),
    "body_es": (
        "La farmacia y los 3 centros de infusión funcionan con normalidad. "
        "¿Le afectan los incendios? Llame, para que su medicina le llegue."
    ),
}

# A proposal for the pharmacist in charge: medicines whose pause can do harm within hours or a day or two.
THERAPIES = {
    "Epoprostenol": ["epoprostenol", "Flolan", "Veletri"],
    "Treprostinil": ["treprostinil", "Remodulin"],
    "Milrinone": ["milrinone"],
    "Dobutamine": ["dobutamine"],
    "Parenteral nutrition": ["parenteral nutrition", "TPN", "HPN", "IV nutrition"],
    "Clotting factor": ["factor VIII", "factor 8", "factor IX", "factor 9", "clotting factor", "hemophilia"],
    "C1 esterase inhibitor": ["C1 esterase inhibitor", "C1 inhibitor", "Cinryze", "Berinert", "Haegarda"],
    "Complement inhibitors": ["eculizumab", "Soliris", "ravulizumab", "Ultomiris"],
    "Intravenous antibiotics": ["IV antibiotic", "IV antibiotics", "intravenous antibiotics"],
    "Apomorphine infusion": ["apomorphine"],
    "Intrathecal baclofen": ["intrathecal baclofen", "baclofen pump"],
}


def fill(apps, schema_editor):
    def model(name):
        return apps.get_model("intake", name).objects

    for row in QUEUES:
        queue = model("Queue").create(time_zone="America/Los_Angeles", **row)
        for weekday in range(5):
            model("OpeningPeriod").create(queue=queue, weekday=weekday, opens=time(8), closes=time(18))
    for row in TARGETS:
        model("CallbackTarget").create(**row)
    for position, row in enumerate(FACILITIES):
        model("Facility").create(position=position, status="open", **row)
    model("EmergencyNotice").create(starts_at=timezone.now(), **NOTICE)
    for name, terms in THERAPIES.items():
        model("UninterruptibleTherapy").create(name=name, terms="\n".join(terms))


class Migration(migrations.Migration):
    dependencies = [("intake", "0002_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
