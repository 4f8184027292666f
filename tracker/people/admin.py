from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from tracker.people.accounts import close_accounts, give_up_other_agencies, open_accounts
from tracker.people.changes import SaysWhatChanged
from tracker.people.models import Agency, Cohort, Person, Unit
from tracker.people.people_by_email import PeopleByEmail

admin.site.unregister(Group)


class AgencyForm(forms.ModelForm):
    data_officers = PeopleByEmail()

    class Meta:
        model = Agency
        fields = ["name", "data_officers"]


class UnitForm(forms.ModelForm):
    managers = PeopleByEmail()

    class Meta:
        model = Unit
        fields = ["agency", "parent", "name", "managers"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for person in cleaned.get("managers") or []:
            if not person.is_active:
                self.add_error(
                    "managers", f"The account of {person.email} is closed. Open it first, or remove it here."
                )
            elif person.unit is None or person.unit.agency != cleaned.get("agency"):
                self.add_error("managers", f"{person.email} does not work in this agency. Correct or remove it.")
        return cleaned


class CohortForm(forms.ModelForm):
    trainers = PeopleByEmail()
    members = PeopleByEmail()

    class Meta:
        model = Cohort
        fields = ["name", "trainers", "members"]


@admin.register(Agency)
class AgencyAdmin(SaysWhatChanged, admin.ModelAdmin):
    form = AgencyForm
    search_fields = ["name"]


@admin.register(Unit)
class UnitAdmin(SaysWhatChanged, admin.ModelAdmin):
    form = UnitForm
    list_display = ["name", "agency", "parent", "managed_by"]
    list_filter = ["agency"]
    list_select_related = ["agency", "parent__agency"]
    search_fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Unit]:
        return super().get_queryset(request).prefetch_related("managers")

    def managed_by(self, unit: Unit) -> str:
        return ", ".join(person.name for person in unit.managers.all())


@admin.register(Cohort)
class CohortAdmin(SaysWhatChanged, admin.ModelAdmin):
    search_fields = ["name"]
    form = CohortForm


class NewPersonForm(AdminUserCreationForm):
    class Meta:
        model = Person
        fields = ["email", "name", "unit"]


class PersonForm(UserChangeForm):
    class Meta:
        model = Person
        fields = "__all__"


@admin.register(Person)
class PersonAdmin(SaysWhatChanged, UserAdmin):
    form = PersonForm
    add_form = NewPersonForm
    ordering = ["name"]
    list_display = ["name", "email", "unit", "is_active", "is_administrator"]
    list_select_related = ["unit__agency"]
    list_filter = ["is_active", "is_administrator", "unit__agency"]
    search_fields = ["name", "email"]
    filter_horizontal = []
    readonly_fields = ["last_login", "joined"]
    fieldsets = [
        (None, {"fields": ["email", "name", "unit", "password"]}),
        ("May do", {"fields": ["is_active", "is_administrator", "sees_statewide"]}),
        ("Dates", {"fields": ["joined", "last_login"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "name", "unit", "usable_password", "password1", "password2"]})]

    def save_model(self, request: HttpRequest, obj: Person, form: forms.ModelForm, change: bool) -> None:
        """What closing, opening and moving an account mean is said in accounts.py; here it is done."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if "is_active" in form.changed_data and change:
                (open_accounts if obj.is_active else close_accounts)([obj.pk])
            if "unit" in form.changed_data and change:
                give_up_other_agencies([obj.pk])

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """A person is deleted on the page /records/, which knows what must stay and what must go with them."""
        return False
