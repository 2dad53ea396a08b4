"""Analyses that are ordered by the clock, and scores that are ordered after a forecast's period."""
