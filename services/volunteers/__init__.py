"""Volunteers: found, matched, scheduled, and not burnt out (report, 2.2, 3.1a, 3.1c, 4.1, 4.3, 5).

Owns: the register of volunteers for the whole city; what somebody is needed for, who is asked and who comes; the week's
rota; mentorships; trainings, exchange meetings and thanks. Who a volunteer is stays here and in the mails to them. Of
families it knows ids, sites, districts, and whether minors live there.

Publishes: volunteer-registered, -changed, -left; assignment-offered, -accepted, -declined, -cancelled, -completed;
mentorship-started, -ended; training-attended; erasure-acknowledged.

Listens to: site-opened and site-closed; of every site's households, needs, wishes for interpreters, first visits and
grants; of referrals to mentors.
"""
