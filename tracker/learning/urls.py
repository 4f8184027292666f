from __future__ import annotations

from django.urls import path, re_path

from tracker.learning.views import api, learner, trainer

urlpatterns = [
    path("my/", learner.my_learning, name="my"),
    path("my/lessons/<slug:slug>/", learner.upload, name="upload"),
    path("my/results/<int:number>/", learner.result, name="result"),
    path("my/results/<int:number>/notebook", learner.submitted_notebook, name="submitted-notebook"),
    path("cohorts/", trainer.cohorts, name="cohorts"),
    path("cohorts/<int:number>/", trainer.cohort, name="cohort"),
    path("cohorts/submissions/<int:number>/", trainer.submission, name="cohort-submission"),
    path("api/lessons/<slug:slug>/submissions", api.submit, name="api-submit"),
    path("api/submissions/<int:number>", api.submission, name="api-submission"),
    # Files of the site, by which a person starts a lesson.
    re_path(
        r"^(?P<path>(?:practice|downloads)/(?P<slug>[-\w]+)\.(?:html|ipynb|zip))$", learner.open_lesson, name="open"
    ),
]
