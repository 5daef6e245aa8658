"""The desk's addresses, below /admin/triage/: open to whoever signed in with both factors."""

from django.urls import path
from django.views.generic import RedirectView

from intake.desk import (
    accesses,
    board,
    call,
    centers,
    emergency,
    export,
    figures,
    handover,
    holds,
    phone,
    profile,
    saved,
    team,
)

urlpatterns = [
    path("triage/", board.board, name="triage"),
    path("triage/rows/", board.rows, name="triage-rows"),
    path("triage/filters/", saved.saved, name="triage-filters"),
    path("triage/find/", board.find, name="triage-find"),
    path("triage/next/", board.next_call, name="triage-next"),
    path("triage/requests/<int:pk>/", call.call, name="triage-request"),
    path("triage/requests/<int:pk>/keep/", call.keep, name="triage-keep"),
    path("triage/requests/<int:pk>/accesses/", accesses.of_request, name="triage-request-accesses"),
    path("triage/requests/<int:pk>/<slug:action>/", call.act, name="triage-action"),
    path("triage/accesses/", accesses.report, name="triage-accesses"),
    path("triage/accesses.csv", accesses.export, name="triage-accesses-export"),
    path("triage/emergency/", emergency.open_request, name="triage-emergency"),
    path("triage/emergencies/", emergency.emergencies, name="triage-emergencies"),
    path("triage/phone/", phone.phone, name="triage-phone"),
    path("triage/phone/taken/<int:pk>/", phone.taken, name="triage-phone-taken"),
    path("triage/phone/<slug:door>/", phone.phone_form, name="triage-phone-form"),
    path("triage/figures/", figures.figures, name="triage-figures"),
    path("triage/handover/", handover.handover, name="triage-handover"),
    path("triage/holds/", holds.holds, name="triage-holds"),
    path("triage/export.csv", export.export, name="triage-export"),
    path("triage/centers/", centers.centers, name="triage-centers"),
    path("triage/centers/<slug:slug>/", centers.center, name="triage-center"),
    path("triage/team/", team.team, name="triage-team"),
    path("triage/team/reassign/", team.reassign, name="triage-reassign"),
    path("triage/team/roles/", team.give_role, name="triage-role-give"),
    path("triage/team/roles/<int:pk>/end/", team.end_role, name="triage-role-end"),
    path("triage/team/<int:pk>/", team.person, name="triage-person"),
    path("triage/profile/", profile.profile, name="triage-profile"),
    # Where the stock admin would list requests.
    path("intake/request/", RedirectView.as_view(pattern_name="admin:triage", query_string=True)),
    path("intake/request/<int:pk>/change/", RedirectView.as_view(pattern_name="admin:triage-request")),
]
