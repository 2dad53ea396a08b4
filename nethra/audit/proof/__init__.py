"""What proves the audit: leaves, tree, signed checkpoints, and their check. Nothing but Python's own library.

An outsider runs it without Nethra: every export holds this package as ``check_audit.pyz``.
"""
