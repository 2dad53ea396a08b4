"""Searches that people keep: looked through again by whoever kept them, and watched for what comes new."""
