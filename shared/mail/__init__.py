"""Mails: written in the transaction of what they tell of, sent afterwards, with links that count once."""

from shared.mail.box import Mail
from shared.mail.sending import Letter, Render, Sender
from shared.mail.settings import MailSettings
from shared.mail.tables import mail_tables

__all__ = ["Letter", "Mail", "MailSettings", "Render", "Sender", "mail_tables"]
