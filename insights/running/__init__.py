"""Runs of analyses: what is asked, what is read for it, how it is answered, and what is kept."""
