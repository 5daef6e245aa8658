from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from portal import errors, views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("status.json", views.status_json, name="status-json"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path(".well-known/security.txt", views.security_txt, name="security-txt"),
    *i18n_patterns(
        path("", views.home, name="home"),
        path("help/", include("intake.urls")),
        path("education/", include("education.urls")),
        path("status/", views.status, name="status"),
        path("privacy/", views.privacy, name="privacy"),
        path("nondiscrimination/", views.nondiscrimination, name="nondiscrimination"),
        prefix_default_language=False,
    ),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error
