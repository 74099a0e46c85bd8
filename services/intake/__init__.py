"""The intake of one site: the files of the households that live in its districts.

Owns: households with their persons, addresses, legal circles, first visits, needs, barriers, contacts, consents,
releases, agreements and tasks; letters to and from other sites; lists of moves; the access log; the site's accounts.
All personal data of the site is here and nowhere else.

Publishes: household-registered, -changed, -moved, -closed, -handed-over, -merged, -unmerged, -erased; first-visit-owed,
-scheduled, -rescheduled, -completed, -missed, -refused, -waived; interpreter-requested; need-identified, -met;
barrier-recorded; contact-recorded, -corrected; legal-circle-changed; consent-given, -withdrawn; agreement-concluded,
-reviewed, -withdrawn; grant-issued, -ended; erasure-acknowledged.

Listens to: site-opened and site-closed, from which it knows which site serves a district; household-handed-over and
household-erased of other sites; erasure-acknowledged of every service; what became of its referrals, and of volunteers'
assignments and mentorships for its households. Letters come to a queue of their own.
"""
