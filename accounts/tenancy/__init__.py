"""The wall between practices: scope, policies, composite keys, the models' ground."""
