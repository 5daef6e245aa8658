from collections.abc import Mapping

from intake.choices import Door
from intake.forms.current_patient import CurrentPatientForm
from intake.forms.new_patient import NewPatientForm
from intake.forms.request import RequestForm

__all__ = ["FORMS", "CurrentPatientForm", "NewPatientForm", "RequestForm"]

FORMS: Mapping[str, type[RequestForm]] = {Door.CURRENT: CurrentPatientForm, Door.NEW: NewPatientForm}
