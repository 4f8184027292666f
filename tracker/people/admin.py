from __future__ import annotations

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group

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


class CohortForm(forms.ModelForm):
    trainers = PeopleByEmail()
    members = PeopleByEmail()

    class Meta:
        model = Cohort
        fields = ["name", "trainers", "members"]


@admin.register(Agency)
class AgencyAdmin(admin.ModelAdmin):
    form = AgencyForm
    search_fields = ["name"]


@admin.register(Unit)
class UnitAdmin(admin.ModelAdmin):
    form = UnitForm
    list_display = ["name", "agency", "parent"]
    list_filter = ["agency"]
    list_select_related = ["agency", "parent__agency"]
    search_fields = ["name"]


@admin.register(Cohort)
class CohortAdmin(admin.ModelAdmin):
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
class PersonAdmin(UserAdmin):
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
