from __future__ import annotations

from django.urls import path

from tracker.records import administrators, views

urlpatterns = [
    path("my/data/", views.my_data, name="my-data"),
    path("my/data/everything.zip", views.export, name="my-data-export"),
    path("my/data/delete/", views.delete, name="my-data-delete"),
    path("records/", administrators.people, name="records"),
    path("records/<int:number>/", administrators.person, name="records-person"),
    path("records/<int:number>/everything.zip", administrators.export, name="records-export"),
    path("records/<int:number>/delete/", administrators.delete, name="records-delete"),
]
