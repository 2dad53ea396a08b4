"""Proposed series: what people decide about them, and the cases that they become."""
