"""Mails: written in the transaction of what they tell of, sent afterwards, with links that count once."""

from shared.mail.tables import mail_tables

__all__ = ["mail_tables"]
