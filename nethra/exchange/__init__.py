"""What spans the apps: other programs' formats and doors. Nothing below imports it."""
