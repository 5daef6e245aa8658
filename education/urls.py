from django.urls import path

from . import views

urlpatterns = [
    path("", views.article_list, name="education"),
    # Before the articles: no article has this address.
    path("search/", views.search, name="education-search"),
    path("<slug:slug>/", views.article_detail, name="article"),
    path("<slug:slug>/handout/", views.article_handout, name="article-handout"),
    path("<slug:slug>/useful/", views.article_useful, name="article-useful"),
]
