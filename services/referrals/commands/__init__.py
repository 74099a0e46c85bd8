"""What referrals do. Each command is one page: load, ask the domain, change, say what happened.

A command runs in the transaction of its caller and never commits; it adds its events to the outbox.
"""
