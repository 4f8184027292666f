"""Workshops: an nbgrader course made from lessons and a roster, and its results brought to the tracker."""
