"""Referrals: nobody is passed on and forgotten (report, §2.2, §3.1a, §4.1, §4.3, §5).

Owns: partners, offers and knowledge pages; round tables; referrals with every step, their deadlines, and what partners
were told and must delete. Of families it knows ids, districts, languages, needs and consents, and no names.

Publishes: partner-registered, -changed; cooperation-agreed; offer-published, -changed, -confirmed, -withdrawn,
-session-held; referral-requested, -reminded, -escalated, -accepted, -declined, -started, -held, -resumed, -completed,
-failed, -cancelled, -expired; deletion-requested, -confirmed; round-table-held; erasure-acknowledged. What concerns a
partner's referral goes to that partner as well, as a copy with the partner's own pseudonyms.

Listens to: site-opened and site-closed; of every site's households, needs, barriers, consents and grants.
"""
