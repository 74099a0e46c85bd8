"""The intake of one site: the files of the households that live in its districts.

Owns: households with their persons, addresses, legal circles, first visits, needs, contacts and consents; the access
log; the site's accounts. All personal data of the site is here and nowhere else.

Publishes: household-registered, -changed, -moved, -closed; first-visit-owed, -scheduled, -rescheduled, -completed,
-missed, -refused, -waived; need-identified, -met; contact-recorded, -corrected; legal-circle-changed; consent-given,
-withdrawn.

Listens to: site-opened and site-closed, from which it knows which site serves a district.
"""
