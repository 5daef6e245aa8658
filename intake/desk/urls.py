"""The desk's addresses, below /admin/triage/: open to whoever signed in with both factors."""

from django.urls import path
from django.views.generic import RedirectView

from intake.desk import board, call, centers, export, figures, handover

urlpatterns = [
    path("triage/", board.board, name="triage"),
    path("triage/rows/", board.rows, name="triage-rows"),
    path("triage/find/", board.find, name="triage-find"),
    path("triage/next/", board.next_call, name="triage-next"),
    path("triage/requests/<int:pk>/", call.call, name="triage-request"),
    path("triage/requests/<int:pk>/keep/", call.keep, name="triage-keep"),
    path("triage/requests/<int:pk>/<slug:action>/", call.act, name="triage-action"),
    path("triage/figures/", figures.figures, name="triage-figures"),
    path("triage/handover/", handover.handover, name="triage-handover"),
    path("triage/export.csv", export.export, name="triage-export"),
    path("triage/centers/", centers.centers, name="triage-centers"),
    path("triage/centers/<slug:slug>/", centers.center, name="triage-center"),
    # Where the stock admin would list requests.
    path("intake/request/", RedirectView.as_view(pattern_name="admin:triage", query_string=True)),
    path("intake/request/<int:pk>/change/", RedirectView.as_view(pattern_name="admin:triage-request")),
]
