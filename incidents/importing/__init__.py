"""Files of incidents: staged by COPY, checked and stored by SQL over the whole set (ADR 7)."""
