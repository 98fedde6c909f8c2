"""The exact change: which records to remove, add and keep, computed from the live ones. Pure."""
