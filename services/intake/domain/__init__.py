"""The rules of the intake, without any input or output: each reads as the report and the domain page say it.

A rule that is broken raises a refusal whose German text is what the social worker reads.
"""
