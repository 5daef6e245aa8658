"""The words in which people were asked for consent, by the version that is stored with each answer.

They are kept here as they stood on the form, so that a consent can be read as it was given long after the
form has changed. Whoever changes the words of a question adds a version; none is changed or taken away.
"""

from collections.abc import Mapping

Words = Mapping[str, tuple[str, ...]]

# Version, language of the page, field: the question, its choices, the line below it.
ASKED: Mapping[str, Mapping[str, Words]] = {
    "2026-11": {
        "en": {
            "patient_agrees": ("The patient agrees that I ask for them",),
            "voicemail_ok": (
                "If you miss our call, may we leave a voicemail about your medicine?",
                "Yes, with details",
                "No voicemail",
                "If you skip this, we leave only our name and number, and ask you to call.",
            ),
            "text_ok": (
                "You may text me about this request",
                "Texts hold no health details. Message rates may apply. Reply STOP to end them.",
            ),
        },
        "es": {
            "patient_agrees": ("El paciente acepta que yo pida ayuda en su nombre",),
            "voicemail_ok": (
                "Si no contesta, ¿podemos dejar un mensaje de voz sobre su medicina?",
                "Sí, con detalles",
                "Sin mensaje de voz",
                "Si no responde esto, solo dejamos nuestro nombre y número, y le pedimos que llame.",
            ),
            "text_ok": (
                "Pueden enviarme mensajes de texto sobre esta solicitud",
                "Los mensajes no llevan datos de salud. Puede haber cargos por mensajes. "
                "Responda STOP para no recibir más.",
            ),
        },
    },
}
FORM_VERSION = list(ASKED)[-1]
