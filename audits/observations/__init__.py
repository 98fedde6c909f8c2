"""What was seen. Frozen facts, gathered by `audits.gather`, judged by `audits.checks`.

Each family has its own module; what all of them share stands in `target` and `seen`.
"""
