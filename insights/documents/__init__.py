"""Documents on paper of what analyses found: pure functions from plain values to PDF."""
